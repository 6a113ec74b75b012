//! Who sends a form, and whether it was made for them.

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderMap};

use super::reading::Form;
use super::{MatchedEndpoint, Place};
use crate::actions::networks::network_of;
use crate::actions::{Caller, RequestContext, log_in_first};
use crate::domain::ids::RequestId;
use crate::domain::record::digest_of;
use crate::error::{Error, Result};
use crate::http::State;
use crate::http::frame::Frame;
use crate::http::gate::Sent;
use crate::http::pages::fields::sent;
use crate::http::pages::layout::is_public;
use crate::http::pages::serve;
use crate::http::pages::{csrf_token, session_cookie};

/// Who sends a form, and from where.
pub(super) struct Sender {
    pub(super) caller: Option<Caller>,
    /// The cookie of the session; empty without one.
    pub(super) session: String,
    pub(super) source: String,
    pub(super) request: RequestId,
    agent: String,
}

impl Sender {
    /// The sender of a request, as long as nobody knows who it is.
    pub(super) fn of(frame: &Frame, http: &HttpRequest) -> Self {
        let agent = http.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        Self {
            caller: None,
            session: session_cookie(http.headers()).unwrap_or_default(),
            source: frame.source.clone(),
            request: frame.request,
            agent: agent.unwrap_or_default().chars().take(200).collect(),
        }
    }

    pub(super) fn context(&self, state: &State) -> Arc<RequestContext> {
        let now = state.service.clock.now();
        Arc::new(RequestContext::new(self.caller.clone(), self.source.clone(), self.request, now))
    }

    /// The key of a form of a page that is the same for everybody, and so has none of its own: sent twice from one
    /// network with the same words it is one act.
    fn common_key(&self) -> Option<String> {
        let key = || digest_of(format!("form {}", network_of(&self.source))).to_string();
        self.caller.is_none().then(key)
    }

    /// What the fields say that headers say elsewhere.
    pub(super) fn sent(&self, form: &Form, matched: &MatchedEndpoint<'_>) -> Sent {
        let own = |name: &str| sent(&form.fields, name).filter(|text| !text.is_empty()).map(str::to_owned);
        let query = form.fields.iter().filter(|(_, value)| !value.is_empty());
        let query =
            query.filter_map(|(name, value)| Some((name.strip_prefix('?')?.to_owned(), value.clone())));
        Sent {
            caller: self.caller.clone(),
            source: self.source.clone(),
            request: self.request,
            address: form.address.clone(),
            path: matched.path.iter().cloned().collect(),
            query: query.collect(),
            if_match: own("_revision").map(|revision| format!("\"{revision}\"")),
            idempotency_key: own("_key").or_else(|| self.common_key()),
            content_digest: None,
            digest_needed: false,
            objection_code: own("_objection_code"),
            content_length: None,
            user_agent: self.agent.clone(),
            confirmed: own("_confirm"),
            by_form: true,
        }
    }
}

/// Finds out who sends a form before it is read: that says how much is read. None where nobody need say who they are.
/// Whose session has ended is told after the form was read, which is shown again then.
pub(super) async fn enter(
    state: &State,
    sender: &Sender,
    place: &Place<'_>,
    frame: &Frame,
) -> Result<Option<Result<Caller>>> {
    if place.action().is_none() {
        return Err(Error::not_found());
    }
    if sender.session.is_empty() || place.acts().all(|row| is_public(row.action)) {
        return Ok(None);
    }
    let entered = serve::enter(state, &sender.session, &sender.source, sender.request).await;
    if let Ok(caller) = &entered {
        frame.is_of(&caller.name);
    }
    Ok(Some(entered))
}

/// Checks that a form was made for whoever sends it. Whether their role may is asked by the act.
pub(super) fn admit(
    sender: &mut Sender,
    entered: Option<Result<Caller>>,
    form: &Form,
    matched: &MatchedEndpoint<'_>,
) -> Result<()> {
    let public = is_public(matched.row.action);
    if !public {
        sender.caller = Some(entered.unwrap_or_else(|| Err(log_in_first()))?);
    }
    let given = sent(&form.fields, "_csrf_token").unwrap_or_default();
    if given == csrf_token(&sender.session) || (public && given == csrf_token("")) {
        return Ok(());
    }
    Err(Error::forbidden(
        "not_from_here",
        "该表单不是在本次登录中打开的，请刷新页面后重新提交",
        "This form was not made for this sign-in; open its page again and send it anew",
    ))
}

/// A browser says which site a form was sent from; another site's form is refused, as its cookies came along.
pub(super) fn is_from_here(headers: &HeaderMap) -> Result<()> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let from_here = match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => {
            origin.split_once("://").is_some_and(|(_, host)| Some(host) == text(header::HOST.as_str()))
        }
        (None, None) => true,
    };
    if from_here {
        return Ok(());
    }
    Err(Error::forbidden("not_from_here", "该表单不是从本站提交的", "This form was sent from another site"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_site_sends_forms() {
        let headers = |pairs: &[(&'static str, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in pairs {
                headers
                    .insert(header::HeaderName::from_static(name), header::HeaderValue::from_static(value));
            }
            headers
        };
        assert!(is_from_here(&headers(&[])).is_ok());
        assert!(is_from_here(&headers(&[("sec-fetch-site", "same-origin")])).is_ok());
        assert!(is_from_here(&headers(&[("sec-fetch-site", "cross-site")])).is_err());
        assert!(is_from_here(&headers(&[("sec-fetch-site", "same-site")])).is_err());
        assert!(is_from_here(&headers(&[("host", "a:1"), ("origin", "http://a:1")])).is_ok());
        assert!(is_from_here(&headers(&[("host", "a:1"), ("origin", "http://b:1")])).is_err());
        assert!(is_from_here(&headers(&[("host", "a:1"), ("origin", "null")])).is_err());
    }
}
