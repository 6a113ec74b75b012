//! An application (申报): its parts, what is wrong with one, what is missing, what is implausible, and its states.

mod check;
mod covered;
mod part;
mod state;
mod table;
mod whole;

pub use self::check::*;
pub use self::covered::*;
pub use self::part::*;
pub use self::state::*;
pub use self::table::*;
pub use self::whole::*;
