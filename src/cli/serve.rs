//! `vigie serve`.

use std::process::ExitCode;
use std::sync::Arc;

use super::args::ServeArgs;
use super::say::Say;
use crate::app::{self, AppError, AsOf, LayerSource, Live};
use crate::web::{Exposure, Limits, Provider, PublicUrl, ServeOptions, Server, stop_signal};

pub(super) fn run(args: &ServeArgs, say: &Say) -> Result<ExitCode, AppError> {
    let public_url =
        args.public_url.as_deref().map(PublicUrl::new).transpose().map_err(|e| AppError::Input(e.to_string()))?;
    let options = ServeOptions {
        listen: args.listen,
        public_url,
        exposure: if args.unsafe_local { Exposure::UnsafeLocal } else { Exposure::Public },
        limits: Limits::default(),
    };
    let provider: Provider = match args.as_of.get() {
        AsOf::Now => {
            let live = Live::open(&args.store.store, args.styles.as_deref())?;
            Arc::new(move |as_of| match as_of {
                AsOf::Now => Ok(live.current() as Arc<dyn LayerSource>),
                past => Ok(live.at(past)? as Arc<dyn LayerSource>),
            })
        }
        // A past state never changes: it is served alone.
        past => {
            let service = Arc::new(app::open_service(&args.store.store, args.styles.as_deref(), past)?);
            Arc::new(move |as_of| match as_of {
                AsOf::Now => Ok(service.clone() as Arc<dyn LayerSource>),
                _ => Err(AppError::BadRequest("this service was started with --as-of: leave as_of out".into())),
            })
        }
    };
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
        say.result(&serde_json::json!({ "url": url }), &[line]);
        server.run(provider, stop).await.map_err(input)
    })?;
    Ok(ExitCode::SUCCESS)
}
