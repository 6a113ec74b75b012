//! Enums that are written as one word, alike in JSON, in the database and in the audit trail.

/// Defines an enum whose variants are written as the given words, with all that follows from it: `as_str`, `ALL`,
/// `Display`, `FromStr`, serde and JSON Schema.
macro_rules! keyword_enum {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $word:literal,)+ }) => {
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash,
            serde::Serialize, serde::Deserialize, schemars::JsonSchema,
        )]
        $(#[$meta])*
        pub enum $name {
            $($(#[$variant_meta])* #[serde(rename = $word)] $variant,)+
        }

        impl $name {
            /// Every variant, in the order of the definition.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word that it is written as.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::domain::keyword::UnknownKeyword;

            fn from_str(text: &str) -> ::std::result::Result<Self, Self::Err> {
                Self::ALL
                    .iter()
                    .copied()
                    .find(|variant| variant.as_str() == text)
                    .ok_or($crate::domain::keyword::UnknownKeyword)
            }
        }
    };
}
pub(crate) use keyword_enum;

/// The variant that people mean by a text: its name in Chinese or in English, or the word that it is written as.
pub fn named<T: Copy + std::str::FromStr>(
    text: &str,
    all: &[T],
    names: fn(T) -> (&'static str, &'static str),
) -> Option<T> {
    let is_name = |variant: &T| {
        let (zh, en) = names(*variant);
        text == zh || text.eq_ignore_ascii_case(en)
    };
    text.parse().ok().or_else(|| all.iter().copied().find(is_name))
}

/// A word that no variant is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownKeyword;

impl std::fmt::Display for UnknownKeyword {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("not one of the words that may stand here")
    }
}

impl std::error::Error for UnknownKeyword {}
