//! One way through for every resource: settle what is asked, look for finished bytes, compute them on the pool where there are none.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use axum::routing::{get, post};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tower_http::catch_panic::CatchPanicLayer;

use super::access::{Access, Asker};
use super::address::{self, PublicUrl};
use super::asked::Given;
use super::cache::{Cache, Finished, Key};
use super::client::TrustedProxies;
use super::desk::Desk;
use super::exposure::Exposure;
use super::limits::Limits;
use super::negotiate::{self, Coding, Form, Offer};
use super::pool::Pool;
use super::problem::{Kind, Problem};
use super::rate::Rates;
use super::tiles::TilePath;
use super::{
    annexes, api, asked, collections, definition, download, edge, embed, glyphs, health, imports, items, landing, maps,
    schema, statistics, styles, tiles, trends, ui,
};
use crate::app::{AppError, AsOf, LayerInfo, LayerQuery, LayerSource, TileForm};
use crate::domain::{Lang, Role, hex};

/// Gives the snapshot to answer a role from; called once a request, so that a new one takes over without a restart. The current
/// one comes at once, a past one may have to be read from the store.
pub type Provider = Arc<dyn Fn(AsOf, Role) -> Result<Arc<dyn LayerSource>, AppError> + Send + Sync>;

/// What the handlers share.
pub(super) type Shared = Arc<Service>;

/// The service behind the routes.
pub(super) struct Service {
    pub(super) provider: Provider,
    pub(super) exposure: Exposure,
    pub(super) access: Access,
    pub(super) limits: Limits,
    /// The proxies that say who asks.
    pub(super) trusted: TrustedProxies,
    pub(super) rates: Rates,
    /// The store that a person at this machine may change; none where there is no such person.
    pub(super) desk: Option<Arc<Desk>>,
    public: Option<PublicUrl>,
    pub(super) pool: Pool,
    cache: Cache,
}

/// The routes. Where `public` is none, links start with the host that was asked.
pub fn router(provider: Provider, open: (Exposure, Access), public: Option<PublicUrl>, limits: Limits) -> Router {
    router_with(provider, open, public, (limits, TrustedProxies::default()), None)
}

/// The routes of a service at which a person may change the store.
pub(super) fn router_with(
    provider: Provider,
    (exposure, access): (Exposure, Access),
    public: Option<PublicUrl>,
    (limits, trusted): (Limits, TrustedProxies),
    desk: Option<Desk>,
) -> Router {
    let service = Arc::new(Service {
        provider,
        exposure,
        desk: desk.map(Arc::new),
        access,
        public,
        pool: Pool::new(limits.workers, limits.queue, Duration::from_secs(limits.queue_seconds)),
        rates: Rates::new(&limits),
        trusted,
        cache: Cache::new(limits.cache_bytes, limits.cached_body_bytes),
        limits,
    });
    Router::new()
        .route("/", get(|s, r| page(s, Resource::Landing, r)))
        .route("/conformance", get(|s, r| page(s, Resource::Conformance, r)))
        .route("/api", get(|s, r| page(s, Resource::Api, r)))
        .route("/api.html", get(|s, r| page(s, Resource::ApiPage, r)))
        .route("/collections", get(|s, r| page(s, Resource::Collections, r)))
        .route("/collections/{id}", get(|s, Path(id), r| page(s, Resource::Collection(id), r)))
        .route("/collections/{id}/schema", get(|s, Path(id), r| page(s, Resource::Schema(id), r)))
        .route("/collections/{id}/queryables", get(|s, Path(id), r| page(s, Resource::Queryables(id), r)))
        .route("/collections/{id}/download", get(|s, Path(id), r| page(s, Resource::Download(id), r)))
        .route("/collections/{id}/items", get(|s, Path(id), r| page(s, Resource::Items(id), r)))
        .route(
            "/collections/{id}/items/{feature}",
            get(|s, Path((id, feature)), r| page(s, Resource::Feature(id, feature), r)),
        )
        .route("/trends", get(|s, r| page(s, Resource::Trends, r)))
        .route("/hotspots", get(|s, r| page(s, Resource::Hotspots, r)))
        .route("/triggers", get(|s, r| page(s, Resource::Triggers, r)))
        .route("/concentration", get(|s, r| page(s, Resource::Concentration, r)))
        .route("/annexes", get(|s, r| page(s, Resource::Annexes, r)))
        .route("/annexes/{file}", get(|s, Path(file), r| page(s, Resource::AnnexArchive(file), r)))
        .route("/annexes/{period}/{file}", get(|s, Path((period, file)), r| page(s, Resource::Annex(period, file), r)))
        .route("/qgis/{file}", get(|s, Path(file), r| page(s, Resource::Definition(file), r)))
        .route("/collections/{id}/tiles", get(|s, Path(id), r| page(s, Resource::TileSets(id), r)))
        .route("/collections/{id}/tiles/{set}", get(|s, Path((id, set)), r| page(s, Resource::TileSet(id, set), r)))
        .route(
            "/collections/{id}/tiles/{set}/{z}/{row}/{col}",
            get(|s, Path((layer, set, z, y, x)): Path<(String, String, String, String, String)>, r| {
                page(s, Resource::SetTile(set, TilePath { layer, z, x, y }), r)
            }),
        )
        .route("/map", get(|s, r| page(s, Resource::PlainMap, r)))
        .route("/collections/{id}/map", get(|s, Path(id), r| page(s, Resource::Map(id), r)))
        .route("/tileMatrixSets", get(|s, r| page(s, Resource::MatrixSets, r)))
        .route("/tileMatrixSets/{set}", get(|s, Path(set), r| page(s, Resource::MatrixSet(set), r)))
        .route("/tiles/{file}", get(|s, Path(file), r| page(s, Resource::TileJson(file), r)))
        .route("/tiles/{layer}/{z}/{x}/{file}", get(xyz))
        .route("/styles", get(|s, r| page(s, Resource::Styles, r)))
        .route("/styles/{id}", get(|s, Path(id), r| page(s, Resource::Style(id), r)))
        .route("/styles/{id}/places", get(|s, Path(id), r| page(s, Resource::Places(id), r)))
        .route("/legend/{id}", get(|s, Path(id), r| page(s, Resource::Legend(id), r)))
        .route("/sprites/{file}", get(|s, Path(file), r| page(s, Resource::Sprite(file), r)))
        .route("/glyphs/{font}/{file}", get(|s, Path((font, file)), r| page(s, Resource::Glyphs(font, file), r)))
        .route("/embed", get(|s, r| page(s, Resource::Embed, r)))
        .route("/web/{file}", get(|s, Path(file), r| page(s, Resource::WebPart(file), r)))
        .route("/app", get(|s, r| page(s, Resource::App, r)))
        .route("/app/report", get(|s, r| page(s, Resource::Report, r)))
        .route("/app/import", get(imports::desk_page))
        .route("/imports", get(imports::list).post(imports::bring))
        .route("/imports/{id}", get(imports::show))
        .route("/imports/{id}/review", get(imports::questions))
        .route("/imports/{id}/settle", post(imports::settle))
        .route("/imports/{id}/undo", post(imports::undo))
        .route("/health", get(health::live))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .fallback(edge::no_such_path)
        .method_not_allowed_fallback(edge::no_such_method)
        .layer(CatchPanicLayer::custom(edge::panicked))
        .layer(axum::middleware::from_fn_with_state(service.clone(), edge::edge))
        .with_state(service)
}

/// What can be asked for.
#[derive(Debug, Clone)]
pub(super) enum Resource {
    Landing,
    Conformance,
    Api,
    ApiPage,
    Collections,
    Collection(String),
    Schema(String),
    Queryables(String),
    Items(String),
    Download(String),
    Feature(String, String),
    Definition(String),
    Trends,
    Hotspots,
    Concentration,
    Triggers,
    Annexes,
    AnnexArchive(String),
    Annex(String, String),
    TileSets(String),
    TileSet(String, String),
    SetTile(String, TilePath),
    Tile(TilePath, TileForm),
    TileJson(String),
    PlainMap,
    Map(String),
    MatrixSets,
    MatrixSet(String),
    Styles,
    Style(String),
    Places(String),
    Legend(String),
    Sprite(String),
    Glyphs(String, String),
    Embed,
    WebPart(String),
    App,
    Report,
    Import,
}

impl Resource {
    fn offers(&self) -> &'static [Offer] {
        match self {
            Self::Landing | Self::Conformance | Self::Collections | Self::Collection(_) => negotiate::PLAIN,
            Self::AnnexArchive(_) => negotiate::ZIP_FILE,
            Self::Annex(_, file) => annexes::offers(file),
            Self::Api => negotiate::API,
            Self::ApiPage => negotiate::API_PAGE,
            Self::Schema(_) | Self::Queryables(_) => negotiate::JSON_SCHEMA,
            Self::Items(_) => negotiate::ITEMS,
            Self::Download(_) => negotiate::DOWNLOAD,
            Self::Feature(..) => negotiate::FEATURES,
            Self::Definition(_) => negotiate::LAYER_DEFINITION,
            Self::Trends => negotiate::TABLES,
            Self::Hotspots | Self::Places(_) => negotiate::FEATURES_ONLY,
            Self::PlainMap | Self::Map(_) => negotiate::MAP,
            Self::SetTile(..) => negotiate::TILE,
            Self::Tile(_, TileForm::Mvt) => negotiate::MVT_TILE,
            Self::Tile(_, TileForm::Png) => negotiate::PNG_TILE,
            Self::Style(_) => negotiate::STYLE,
            Self::Legend(_) => negotiate::LEGEND,
            Self::Sprite(file) => styles::sprite_offers(file),
            Self::Glyphs(..) => negotiate::GLYPHS,
            Self::Embed | Self::App | Self::Report | Self::Import => negotiate::EMBED,
            Self::WebPart(file) => embed::part_offers(file),
            Self::Styles
            | Self::Concentration
            | Self::Triggers
            | Self::Annexes
            | Self::TileSets(_)
            | Self::TileSet(..)
            | Self::TileJson(_)
            | Self::MatrixSets
            | Self::MatrixSet(_) => negotiate::JSON_ONLY,
        }
    }

    /// Whether its answers hold features: these alone depend on who asks.
    fn of_features(&self) -> bool {
        matches!(self, Self::Items(_) | Self::Feature(..) | Self::Hotspots | Self::Triggers)
    }

    /// Whether it is a tile: one whose address names the data version never changes.
    fn is_tile(&self) -> bool {
        matches!(self, Self::Tile(..) | Self::SetTile(..))
    }

    /// Its body in a coding, where it was made beforehand.
    fn compressed(&self, coding: Coding) -> Option<&'static [u8]> {
        match self {
            Self::WebPart(file) if coding == Coding::Brotli => embed::compressed(file),
            Self::Glyphs(font, file) if coding == Coding::Brotli => glyphs::compressed(font, file),
            _ => None,
        }
    }

    fn build(&self, asked: &Asked) -> Result<Page, Problem> {
        match self {
            Self::Landing => landing::landing(asked),
            Self::Conformance => landing::conformance(asked),
            Self::Api | Self::ApiPage => api::api(asked),
            Self::Collections => collections::collections(asked),
            Self::Collection(id) => collections::collection(asked, id),
            Self::Schema(id) => schema::schema(asked, id),
            Self::Queryables(id) => schema::queryables(asked, id),
            Self::Items(id) => items::items(asked, id),
            Self::Download(id) => download::download(asked, id),
            Self::Feature(id, feature) => items::feature(asked, id, feature),
            Self::Definition(file) => definition::definition(asked, file),
            Self::Trends => trends::trends(asked),
            Self::Hotspots => statistics::hotspots(asked),
            Self::Concentration => statistics::concentration(asked),
            Self::Triggers => statistics::triggers(asked),
            Self::Annexes => annexes::list(asked),
            Self::AnnexArchive(file) => annexes::archive(asked, file),
            Self::Annex(period, file) => annexes::file(asked, period, file),
            Self::TileSets(id) => tiles::sets(asked, id),
            Self::TileSet(id, set) => tiles::set(asked, id, set),
            Self::SetTile(set, path) => tiles::set_tile(asked, set, path),
            Self::Tile(path, _) => tiles::tile(asked, path),
            Self::TileJson(file) => tiles::tile_json(asked, file),
            Self::PlainMap => maps::plain(asked),
            Self::Map(id) => maps::map(asked, id),
            Self::MatrixSets => tiles::matrix_sets(asked),
            Self::MatrixSet(id) => tiles::matrix_set(asked, id),
            Self::Styles => styles::list(asked),
            Self::Style(id) => styles::style(asked, id),
            Self::Places(id) => styles::places(asked, id),
            Self::Legend(id) => styles::legend(asked, id),
            Self::Sprite(file) => styles::sprite(asked, file),
            Self::Glyphs(font, file) => glyphs::block(asked, font, file),
            Self::Embed => embed::page(asked),
            Self::WebPart(file) => embed::part(asked, file),
            Self::App => ui::app(asked),
            Self::Report => ui::report(asked),
            Self::Import => ui::import(asked),
        }
    }
}

/// A request, settled as far as every resource needs it.
pub(super) struct Asked {
    pub(super) source: Arc<dyn LayerSource>,
    /// What links start with, without a slash at its end.
    pub(super) base: String,
    /// The path asked, encoded as in an address.
    pub(super) path: String,
    pub(super) given: Given,
    pub(super) lang: Lang,
    pub(super) offers: &'static [Offer],
    pub(super) offer: Offer,
    pub(super) asker: Asker,
    /// Whether the service has an import page.
    pub(super) desk: bool,
    pub(super) limits: Limits,
    /// Whole numbers of features are written with a decimal point, for a client that needs it.
    pub(super) decimals: bool,
}

/// A body and the headers that go with it.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) body: Vec<u8>,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
}

impl Page {
    /// A JSON document with its links repeated in the header.
    pub(super) fn json(value: &Value, links: &[Link]) -> Result<Self, Problem> {
        let body = serde_json::to_vec(value).map_err(|e| Problem::fault(e.to_string()))?;
        Ok(Self { body, headers: link_header(links) })
    }

    /// A page for people: it loads nothing from anywhere and runs nothing.
    pub(super) fn html(text: String) -> Self {
        let policy = HeaderValue::from_static(
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
        );
        Self { body: text.into_bytes(), headers: vec![(header::CONTENT_SECURITY_POLICY, policy)] }
    }
}

/// A link, in a body or in the header.
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub(super) rel: &'static str,
    pub(super) href: String,
    pub(super) media: &'static str,
    pub(super) title: String,
}

impl Link {
    pub(super) fn new(rel: &'static str, href: String, media: &'static str, title: impl Into<String>) -> Self {
        Self { rel, href, media, title: title.into() }
    }

    pub(super) fn json(&self) -> Value {
        json!({"rel": self.rel, "href": self.href, "type": self.media, "title": self.title})
    }
}

/// The `Link` headers of an answer. Titles stay in the body: a header holds ASCII.
pub(super) fn link_header(links: &[Link]) -> Vec<(HeaderName, HeaderValue)> {
    let written = links.iter().map(|l| format!("<{}>; rel=\"{}\"; type=\"{}\"", l.href, l.rel, l.media));
    written.filter_map(|text| HeaderValue::from_str(&text).ok()).map(|value| (header::LINK, value)).collect()
}

impl Asked {
    /// The context asked for, in this answer's language, as far as the service is open. What is not in the context is left to
    /// the resource, which has checked the parameters.
    pub(super) fn query(&self) -> Result<LayerQuery, Problem> {
        let mut query = asked::context(&self.given, self.source.as_ref())?;
        query.lang = self.lang;
        Ok(query)
    }

    /// The address of another resource, in the same context.
    pub(super) fn href(&self, path: &str) -> String {
        self.with_query(path, &self.given.context().query(&[]))
    }

    /// The address of this resource with some parameters changed.
    pub(super) fn here(&self, changes: &[(&str, Option<&str>)]) -> String {
        self.with_query(&self.path, &self.given.query(changes))
    }

    pub(super) fn with_query(&self, path: &str, query: &str) -> String {
        let mark = if query.is_empty() { "" } else { "?" };
        format!("{}{path}{mark}{query}", self.base)
    }

    /// The page itself and its other forms.
    pub(super) fn own_links(&self) -> Vec<Link> {
        let own = self.lang.pick("Ce document", "This document");
        let mut links = vec![Link::new("self", self.here(&[]), self.offer.media, own)];
        for other in self.offers.iter().filter(|o| o.form != self.offer.form) {
            let form = other.names.first().copied().unwrap_or_default();
            let title = self.lang.pick("Ce document, autre format", "This document in another form");
            links.push(Link::new("alternate", self.here(&[("f", Some(form))]), other.media, title));
        }
        links
    }

    /// The data version that the asker began to page in, where an import has taken place since.
    fn version_before(&self) -> Option<i64> {
        // The first page says `v` itself, and is answered from the current version or not at all.
        let paging = self.given.get("as_of").is_none() && self.given.get("offset").is_some();
        self.given.get("v").filter(|_| paging)?.parse().ok().filter(|v| *v >= 0 && *v < self.source.version())
    }

    /// Whether a person reads the answer.
    pub(super) fn html(&self) -> bool {
        self.offer.form == Form::Html
    }

    /// The layers that the asker's role sees, in listing order.
    pub(super) fn layers(&self) -> Vec<Arc<LayerInfo>> {
        self.source.layers()
    }

    /// A layer told of. One that is hidden is answered like one that is not there.
    pub(super) fn layer(&self, id: &str) -> Result<Arc<LayerInfo>, Problem> {
        self.source.layer(id).ok_or_else(|| {
            let id = super::problem::cut(id);
            let known: Vec<_> = self.layers().iter().map(|l| l.id.clone()).collect();
            Problem::not_found(
                format!("Il n’y a pas de collection « {id} ». /collections en donne la liste."),
                format!("There is no collection “{id}”. /collections lists them."),
            )
            .with("allowed", json!(known))
        })
    }
}

/// `/tiles/{layer}/{z}/{x}/{y}.mvt` and `.png`.
async fn xyz(
    state: State<Shared>,
    Path((layer, z, x, file)): Path<(String, String, String, String)>,
    request: Request,
) -> Response<Body> {
    let forms = [(".mvt", TileForm::Mvt), (".png", TileForm::Png)];
    let Some((y, form)) = forms.iter().find_map(|(ending, form)| Some((file.strip_suffix(ending)?, *form))) else {
        return edge::no_such_path(request).await;
    };
    let path = TilePath { layer, z, x, y: y.to_owned() };
    page(state, Resource::Tile(path, form), request).await
}

/// Answers a request for a resource.
pub(super) async fn page(State(service): State<Shared>, resource: Resource, request: Request) -> Response<Body> {
    let headers = request.headers();
    let guess = negotiate::language(None, headers).unwrap_or_default();
    let mut asked = match service.settle(&resource, &request) {
        Ok(asked) => asked,
        Err(problem) => return problem.answer(guess),
    };
    let lang = asked.lang;
    if let Some(as_of) = asked.given.get("as_of") {
        match service.past(as_of, asked.asker.role).await {
            Ok(source) => asked.source = source,
            Err(problem) => return problem.answer(lang),
        }
    }
    if let Some(version) = asked.version_before().filter(|_| matches!(resource, Resource::Items(_))) {
        // A version that cannot be had is refused with the others that are not served.
        if let Ok(source) = service.past(&version.to_string(), asked.asker.role).await {
            asked.source = source;
        }
    }
    let coding = negotiate::coding(headers);
    let private = asked.asker.token.is_some();
    if let Some(token) = &asked.asker.token {
        (service.access.noted)(token, &asked.path);
    }
    let lasting = resource.is_tile() && asked.given.get("v").is_some();
    let vary = if resource.of_features() { VARY_FEATURES } else { VARY };
    match service.finished(resource, asked, coding).await {
        Ok(finished) => deliver(&finished, request.headers(), lang, vary, (lasting, private)),
        Err(problem) => problem.answer(lang),
    }
}

impl Service {
    /// Form, language, parameters and address of a request.
    fn settle(&self, resource: &Resource, request: &Request) -> Result<Asked, Problem> {
        let (uri, headers) = (request.uri(), request.headers());
        let given = Given::read(uri, &self.limits)?;
        let synthetic = (self.provider)(AsOf::Now, Role::Public)?.synthetic();
        let asker = self.access.asker(headers, self.exposure, synthetic)?;
        let offers = resource.offers();
        Ok(Asked {
            source: (self.provider)(AsOf::Now, asker.role)?,
            asker,
            base: address::base(self.public.as_ref(), uri, headers)?,
            path: uri.path().to_owned(),
            lang: negotiate::language(given.get("lang"), headers)?,
            offer: negotiate::form(offers, given.get("f"), headers)?,
            offers,
            given,
            desk: self.desk.is_some(),
            limits: self.limits.clone(),
            decimals: resource.of_features() && negotiate::needs_decimals(headers),
        })
    }

    /// The asker that a token names; none where none is brought.
    pub(super) fn brought(&self, headers: &HeaderMap) -> Result<Option<Asker>, Problem> {
        let asker =
            headers.contains_key(header::AUTHORIZATION).then(|| self.access.asker(headers, self.exposure, false));
        asker.transpose()
    }

    /// The state that `as_of` means, read on the pool.
    async fn past(&self, asked: &str, role: Role) -> Result<Arc<dyn LayerSource>, Problem> {
        let forms = ["2021-06-30", "12"];
        let as_of: AsOf = asked.parse().map_err(|_| Problem::bad_parameter("as_of", asked, &forms))?;
        let provider = self.provider.clone();
        self.pool
            .run(move || {
                provider(as_of, role).map_err(|error| match error {
                    AppError::BadRequest(said) => Problem::new(Kind::BadParameter, said.clone(), said)
                        .with("parameter", json!("as_of"))
                        .with("allowed", json!(forms)),
                    other => other.into(),
                })
            })
            .await
    }

    /// The finished answer: from the cache, or computed and kept.
    async fn finished(&self, resource: Resource, asked: Asked, coding: Coding) -> Result<Finished, Problem> {
        let query = asked.given.query(&[]);
        let Asked { base, path, .. } = &asked;
        let request = format!("{base}{path}?{query} {} {} {}", asked.lang.code(), asked.offer.media, asked.decimals);
        let key = Key { state: asked.source.state(), request, coding };
        if let Some(finished) = self.cache.get(&key) {
            return Ok(finished);
        }
        let plain_key = Key { coding: Coding::Identity, ..key.clone() };
        let plain = self.cache.get(&plain_key);
        let had_plain = plain.is_some();
        let (plain, coded) = self
            .pool
            .run(move || {
                let plain = match plain {
                    Some(plain) => plain,
                    None => finish(resource.build(&asked)?, asked.offer.content_type()),
                };
                let coded = match resource.compressed(coding) {
                    Some(body) => Some(Finished { coding, body: Bytes::from_static(body), ..plain.clone() }),
                    None => encode(&plain, coding)?,
                };
                Ok((plain, coded))
            })
            .await?;
        if !had_plain {
            self.cache.put(plain_key, plain.clone());
        }
        let answer = coded.unwrap_or(plain);
        if coding != Coding::Identity {
            // A body too small to be coded is kept under the coding asked as well: the next request finds it at once.
            self.cache.put(key, answer.clone());
        }
        Ok(answer)
    }
}

/// Bytes and their tag. The tag is of the bytes themselves: two stores with the same version number never share one.
fn finish(page: Page, media: &'static str) -> Finished {
    let tag = hex(&Sha256::digest(&page.body)[..16]);
    Finished { media, tag, headers: page.headers, coding: Coding::Identity, body: kept(page.body) }
}

/// A body without the spare room that it was written in: the cache counts bytes, not room.
fn kept(body: Vec<u8>) -> Bytes {
    Bytes::from(body.into_boxed_slice())
}

/// Below this, coding costs more than it saves.
const CODED_FROM_BYTES: usize = 1024;

/// The body in a coding; none where it stays as it is.
fn encode(plain: &Finished, coding: Coding) -> Result<Option<Finished>, Problem> {
    // A picture is compressed already.
    if plain.body.len() < CODED_FROM_BYTES || plain.media == negotiate::PNG {
        return Ok(None);
    }
    let fault = |e: std::io::Error| Problem::fault(format!("coding a body: {e}"));
    let room = Vec::with_capacity(plain.body.len() / 3);
    let body = match coding {
        Coding::Identity => return Ok(None),
        Coding::Gzip => {
            let mut encoder = flate2::write::GzEncoder::new(room, flate2::Compression::new(5));
            encoder.write_all(&plain.body).map_err(fault)?;
            encoder.finish().map_err(fault)?
        }
        Coding::Brotli => {
            // Quality 4, window 2^22: a little smaller than gzip on coordinates, in the same time.
            let mut encoder = brotli::CompressorWriter::new(room, 1 << 16, 4, 22);
            encoder.write_all(&plain.body).map_err(fault)?;
            encoder.into_inner()
        }
    };
    Ok(Some(Finished { coding, body: kept(body), ..plain.clone() }))
}

/// What an answer depends on beside its address.
const VARY: &str = "Accept, Accept-Language, Accept-Encoding, Authorization";
const VARY_FEATURES: &str = "Accept, Accept-Language, Accept-Encoding, Authorization, User-Agent";

/// The response: whole, or « not modified » where the asker has it.
fn deliver(
    finished: &Finished,
    asked: &HeaderMap,
    lang: Lang,
    vary: &'static str,
    (lasting, private): (bool, bool),
) -> Response<Body> {
    let etag = finished.etag();
    let known = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(','));
    let fresh = known.map(str::trim).any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag);
    let mut response = Response::new(if fresh { Body::empty() } else { Body::from(finished.body.clone()) });
    let headers = response.headers_mut();
    let keep = match (lasting, private) {
        (true, false) => "public, max-age=31536000, immutable",
        (false, false) => "public, max-age=60",
        // What a token opens is kept by no one between, and asked for again each time: a revoked token ends at once.
        (_, true) => "private, no-cache",
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    headers.insert(header::VARY, HeaderValue::from_static(vary));
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        headers.insert(header::ETAG, etag);
    }
    if fresh {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    if finished.body.is_empty() && finished.media == negotiate::MVT {
        // As QGIS and MapLibre know an empty tile.
        *response.status_mut() = StatusCode::NO_CONTENT;
        return response;
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(finished.media));
    headers.insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(lang.code()));
    if let Some(token) = finished.coding.token() {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(token));
    }
    for (name, value) in &finished.headers {
        headers.append(name.clone(), value.clone());
    }
    response
}
