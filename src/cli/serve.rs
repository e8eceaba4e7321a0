//! `vigie serve`.

use std::process::ExitCode;
use std::sync::Arc;

use super::args::ServeArgs;
use super::say::Say;
use crate::app::{AppError, AsOf, LayerSource, Live, Policy};
use crate::domain::Role;
use crate::web::{
    Access, Exposure, Granted, Limits, Provider, PublicUrl, ServeOptions, Server, TrustedProxies, stop_signal,
};

pub(super) fn run(args: &ServeArgs, say: &Say) -> Result<ExitCode, AppError> {
    let public_url =
        args.public_url.as_deref().map(PublicUrl::new).transpose().map_err(|e| AppError::Input(e.to_string()))?;
    let mut options = ServeOptions {
        listen: args.listen,
        public_url,
        access: Access::default(),
        exposure: if args.unsafe_local { Exposure::UnsafeLocal } else { Exposure::Public },
        limits: args.requests_per_second.map_or_else(Limits::default, |n| Limits {
            requests_per_second: n,
            burst: n.saturating_mul(10),
            loopback_limited: true,
            ..Limits::default()
        }),
        trusted: TrustedProxies(args.trusted_proxies.clone()),
    };
    let policy = Policy::read(args.policy.as_deref())?;
    let (path, styles) = (&args.store.store, args.styles.as_deref());
    let live = match args.as_of.get() {
        AsOf::Now => Live::open(path, styles, policy)?,
        // A past state never changes: it is served alone.
        past => Live::at_rest(path, styles, policy, past)?,
    };
    let hint: Vec<String> = nothing_public(&live, args).then(|| say.lang.pick(
        "Aucun mois n’est publié : sans jeton, personne ne voit de chiffre. « vigie release 2021-06 » publie un mois ; --unsafe-local montre tout, à cette machine seule.",
        "No month is released: without a token nobody sees a figure. “vigie release 2021-06” releases a month; --unsafe-local shows everything, to this machine alone.",
    ).to_owned()).into_iter().collect();
    let (door, book) = (live.clone(), live.clone());
    options.access = Access {
        anonymous: args.anonymous,
        authorise: Arc::new(move |brought| door.authorise(brought).map(|(token, role)| Granted { token, role })),
        noted: Arc::new(move |token, path| book.note_read(token, path)),
    };
    let alone = args.as_of.get() != AsOf::Now;
    let provider: Provider = Arc::new(move |as_of, role| match as_of {
        AsOf::Now => Ok(live.seen_by(role) as Arc<dyn LayerSource>),
        // What was public once is in the register; what could be worked out of two states is not for whoever sees one.
        _ if !role.sees_all() => Err(AppError::Forbidden("as_of is for those who see drafts: leave it out".into())),
        _ if alone => Err(AppError::BadRequest("this service was started with --as-of: leave as_of out".into())),
        past => Ok(live.at(past)? as Arc<dyn LayerSource>),
    });
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|e| AppError::Fault(e.to_string()))?;
    runtime.block_on(async {
        let input = |e: crate::web::ServeError| AppError::Input(e.to_string());
        let stop = stop_signal();
        let mut server = Server::bind(options).await.map_err(input)?;
        // A past state is looked at, not changed.
        if args.as_of.get() == AsOf::Now {
            server = server.with_desk(&args.store.store);
        }
        let url = format!("http://{}/", server.address());
        let line = say.lang.pick(format!("Vigie sert {url}"), format!("Vigie serves {url}"));
        say.result(&serde_json::json!({ "url": url }), &[vec![line], hint].concat());
        server.run(provider, stop).await.map_err(input)
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Whether those without a token see no figure at all.
fn nothing_public(live: &Live, args: &ServeArgs) -> bool {
    let whole = live.current();
    let snapshot = whole.snapshot();
    let open = args.unsafe_local || args.anonymous.map_or(snapshot.synthetic, Role::sees_all);
    !open && snapshot.releases().entries.is_empty()
}
