//! What pages load besides themselves: one style sheet, an icon and a few scripts, all of it in the program. An asset's address
//! has the digest of its bytes, so that a browser may keep it for good.

use std::sync::OnceLock;

use bytes::Bytes;

use crate::domain::record::digest_of;
use crate::http::compression::{Coding, Effort};

pub(super) struct Asset {
    name: &'static str,
    extension: &'static str,
    bytes: &'static str,
}

const STYLE: Asset = Asset { name: "app", extension: "css", bytes: include_str!("assets/app.css") };

const ASSETS: [Asset; 12] = [
    STYLE,
    // https://htmx.org, version 2.0.11, Zero-Clause BSD (assets/htmx-licence.txt).
    Asset { name: "htmx", extension: "js", bytes: include_str!("assets/htmx.min.js") },
    Asset { name: "icon", extension: "svg", bytes: include_str!("assets/icon.svg") },
    Asset { name: "core", extension: "js", bytes: include_str!("assets/core.js") },
    Asset { name: "saving", extension: "js", bytes: include_str!("assets/saving.js") },
    Asset { name: "queue", extension: "js", bytes: include_str!("assets/queue.js") },
    Asset { name: "sheet", extension: "js", bytes: include_str!("assets/sheet.js") },
    Asset { name: "rubric", extension: "js", bytes: include_str!("assets/rubric.js") },
    Asset { name: "passkey", extension: "js", bytes: include_str!("assets/passkey.js") },
    Asset { name: "claimed", extension: "js", bytes: include_str!("assets/claimed.js") },
    Asset { name: "usual", extension: "js", bytes: include_str!("assets/usual.js") },
    Asset { name: "order", extension: "js", bytes: include_str!("assets/order.js") },
];

/// An asset as it is served.
pub(in crate::http) struct Served {
    address: String,
    asset: &'static Asset,
    /// Its bytes in each coding of [`Coding::ALL`] that makes them shorter.
    packed: [Option<Bytes>; Coding::ALL.len()],
}

impl Served {
    fn new(asset: &'static Asset) -> Self {
        let digest = digest_of(asset.bytes).to_string();
        Self {
            address: format!("/assets/{}-{}.{}", asset.name, &digest[..12], asset.extension),
            asset,
            packed: Coding::ALL.map(|coding| coding.compress(asset.bytes.as_bytes(), Effort::Thorough)),
        }
    }

    pub(in crate::http) fn media_type(&self) -> &'static str {
        match self.asset.extension {
            "css" => "text/css; charset=utf-8",
            "svg" => "image/svg+xml",
            _ => "text/javascript; charset=utf-8",
        }
    }

    /// Its bytes as they are.
    pub(in crate::http) fn bytes(&self) -> Bytes {
        Bytes::from_static(self.asset.bytes.as_bytes())
    }

    /// Its bytes in a coding, if they are shorter in it.
    pub(in crate::http) fn packed(&self, coding: Coding) -> Option<Bytes> {
        let at = Coding::ALL.iter().position(|known| *known == coding)?;
        self.packed[at].clone()
    }
}

/// Compresses the assets, so that nobody waits for it later.
pub(in crate::http) fn prepare() {
    served();
}

fn served() -> &'static [Served] {
    static SERVED: OnceLock<Vec<Served>> = OnceLock::new();
    SERVED.get_or_init(|| ASSETS.iter().map(Served::new).collect())
}

/// The address of an asset.
///
/// # Panics
/// If there is no asset of that name.
pub(super) fn address(name: &str) -> &'static str {
    let found = served().iter().find(|served| served.asset.name == name);
    &found.expect("an asset of the table").address
}

/// The style sheet's address and text, for whoever serves a page by itself.
pub(in crate::http) fn style() -> (&'static str, &'static str) {
    (address(STYLE.name), STYLE.bytes)
}

/// The asset at an address.
pub(in crate::http) fn at(address: &str) -> Option<&'static Served> {
    served().iter().find(|served| served.address == address)
}
