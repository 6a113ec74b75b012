//! What pages load besides themselves: one style sheet, an icon and a few scripts, all of it in the program. An asset's address
//! has the digest of its bytes, so that a browser may keep it for good.

use std::sync::OnceLock;

use bytes::Bytes;

use crate::domain::record::digest_of;

/// An asset.
pub(super) struct Asset {
    name: &'static str,
    extension: &'static str,
    bytes: &'static str,
}

const STYLE: Asset = Asset { name: "app", extension: "css", bytes: include_str!("assets/app.css") };

const ASSETS: [Asset; 8] = [
    STYLE,
    // https://htmx.org, version 2.0.11, Zero-Clause BSD (assets/htmx-licence.txt).
    Asset { name: "htmx", extension: "js", bytes: include_str!("assets/htmx.min.js") },
    Asset { name: "icon", extension: "svg", bytes: include_str!("assets/icon.svg") },
    Asset { name: "core", extension: "js", bytes: include_str!("assets/core.js") },
    Asset { name: "draft", extension: "js", bytes: include_str!("assets/draft.js") },
    Asset { name: "sheet", extension: "js", bytes: include_str!("assets/sheet.js") },
    Asset { name: "rubric", extension: "js", bytes: include_str!("assets/rubric.js") },
    Asset { name: "order", extension: "js", bytes: include_str!("assets/order.js") },
];

fn addresses() -> &'static [(String, &'static Asset)] {
    static ADDRESSES: OnceLock<Vec<(String, &'static Asset)>> = OnceLock::new();
    ADDRESSES.get_or_init(|| {
        let address = |asset: &'static Asset| {
            let digest = digest_of(asset.bytes).to_string();
            (format!("/assets/{}-{}.{}", asset.name, &digest[..12], asset.extension), asset)
        };
        ASSETS.iter().map(address).collect()
    })
}

/// The address of an asset.
///
/// # Panics
/// If there is no asset of that name.
pub(super) fn address(name: &str) -> &'static str {
    let found = addresses().iter().find(|(_, asset)| asset.name == name);
    &found.expect("an asset of the table").0
}

/// The media type and the bytes of the asset at an address.
pub(in crate::http) fn at(address: &str) -> Option<(&'static str, Bytes)> {
    let (_, asset) = addresses().iter().find(|(known, _)| known == address)?;
    let media_type = match asset.extension {
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        _ => "text/javascript; charset=utf-8",
    };
    Some((media_type, Bytes::from_static(asset.bytes.as_bytes())))
}
