//! What pages are made with, kept between pages: the styles, an office's templates, the prepared grounds.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use super::base::BaseMap;
use super::ground::{Ground, Window};
use super::messages::Messages;
use super::page::RenderError;
use super::world::Templates;
use crate::domain::Lang;
use crate::style::Styles;

/// Grounds kept at most: two sets on four sheets with their insets and small maps.
const MOST_GROUNDS: usize = 64;

/// Which ground: the set's key and zone, then the window's numbers, bit for bit.
type GroundKey = (String, String, [u64; 7], bool);

/// What pages are made with. Making a page a second time, for another month say, reuses the ground that was prepared.
#[derive(Debug)]
pub struct Kit {
    /// The styles of the layers.
    pub styles: Arc<Styles>,
    /// The page templates.
    pub templates: Templates,
    grounds: Mutex<BTreeMap<GroundKey, Arc<Ground>>>,
}

impl Kit {
    /// With the styles given; `directory` is an office's own folder (`DIR/annexes`, `DIR/fonts`).
    pub fn new(styles: Arc<Styles>, directory: Option<&Path>) -> Result<Self, RenderError> {
        Ok(Self { styles, templates: Templates::new(directory)?, grounds: Mutex::default() })
    }

    /// The wording of the pages in a language.
    pub fn words(&self, lang: Lang) -> Result<Messages, RenderError> {
        Messages::parse(&self.templates.text("messages.toml")?, lang)
    }

    /// The ground of a window of a map, prepared when it is first asked for.
    pub(super) fn ground(&self, base: &BaseMap, window: &Window) -> Result<Arc<Ground>, RenderError> {
        let b = &window.bbox;
        let numbers = [b.west, b.south, b.east, b.north, window.width, window.height, window.margin].map(f64::to_bits);
        let zone = base.zone.as_ref().map(|z| z.title.clone()).unwrap_or_default();
        let key = (base.key.clone(), zone, numbers, window.detail == super::ground::Detail::Full);
        // A thread that panicked while it held the lock has left nothing half done: entries are whole or not there.
        let known =
            |kit: &Self| kit.grounds.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get(&key).cloned();
        if let Some(ground) = known(self) {
            return Ok(ground);
        }
        let ground = Arc::new(Ground::new(base, &self.styles, window)?);
        let mut grounds = self.grounds.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if grounds.len() >= MOST_GROUNDS {
            grounds.clear();
        }
        grounds.insert(key, ground.clone());
        Ok(ground)
    }
}
