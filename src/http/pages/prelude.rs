//! What nearly every page is written with.

pub(super) use std::rc::Rc;

pub(super) use maud::{Markup, html};

pub(super) use super::form::{Field, Form};
pub(super) use super::list::{Filter, List};
pub(super) use super::parts::{
    Tone, Wording, application_state, application_views, competition_state, competition_views, differences,
    empty, facts, file_link, lead_views, notice, print_button, scan_tag, settings_differences, tabs, tag,
};
pub(super) use super::request::{Page, PageRequest};
pub(super) use super::table::Table;
pub(super) use super::words::Words;
pub(super) use super::{PageRoute, Reveal, page};
pub(super) use crate::domain::access::{Action, Role};
pub(super) use crate::domain::values::count;
pub(super) use crate::error::{Error, Result};
pub(super) use crate::http::endpoints::Method;
pub(super) use crate::http::printed;
pub(super) use crate::http::tables;
