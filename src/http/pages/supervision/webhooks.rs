//! Webhooks of external systems: making one, confirming it as a second administrator, how it stands, what it told.

use serde_json::Value;

use super::super::prelude::*;
use super::machines::{choice, places};
use crate::actions::data;
use crate::actions::machines::{self, MachineView};
use crate::actions::webhooks::{self, DeliveryView, WebhookSecretView, WebhookView};
use crate::domain::change::told_actions;
use crate::domain::ids::WebhookId;
use crate::domain::machine::{MachineState, ResourceGroup, is_bound};
use crate::domain::webhook::WebhookState;
use crate::http::pages::fields::Fields;
use crate::http::pages::form::Group;

pub(super) fn pages() -> Vec<PageRoute> {
    vec![
        page("/webhooks", Action::ReadMachines, list),
        page("/webhooks/new", Action::MakeWebhook, new),
        page("/webhooks/{webhook_id}", Action::ReadMachines, read),
        page("/webhooks/{webhook_id}/deliveries", Action::ReadMachines, deliveries),
    ]
}

pub(super) fn reveals() -> Vec<Reveal> {
    vec![
        Reveal { method: Method::Post, path: "/api/v1/webhooks", show: secret },
        Reveal { method: Method::Post, path: "/api/v1/webhooks/{webhook_id}/secret", show: secret },
    ]
}

/// Webhooks, or messages, on a page.
const ON_A_PAGE: usize = 50;

/// A page below that of webhooks.
fn of_webhooks(request: &PageRequest, page: Page) -> Page {
    page.crumb("/accounts", request.t("账号", "Accounts"))
        .crumb("/machines", request.t("外部系统", "External systems"))
        .crumb("/webhooks", request.t("推送", "Webhooks"))
}

fn state(request: &PageRequest, webhook: &WebhookView) -> Markup {
    let tone = match webhook.state {
        WebhookState::Awaited => Tone::Warning,
        WebhookState::Active if webhook.first_failed_at.is_some() => Tone::Warning,
        WebhookState::Active => Tone::Good,
        WebhookState::Paused | WebhookState::Lapsed => Tone::Bad,
        WebhookState::Ended => Tone::Neutral,
    };
    html! {
        (tag(webhook.state.in_language(request.language), tone))
        @if let Some(since) = webhook.first_failed_at { " " span.muted { (request.t("未能送达，自 ", "failing since ")) (request.time(since)) } }
    }
}

fn delivered(request: &PageRequest, webhook: &WebhookView) -> Markup {
    html! { @match webhook.delivered_at { Some(at) => (request.time(at)), None => (request.t("没有", "None")) } }
}

async fn list(request: Rc<PageRequest>) -> Result<Page> {
    let (machine, before) = (request.parameter("machine_id"), request.parameter("cursor"));
    let page = webhooks::list(&request.service, &request.context, machine, before, ON_A_PAGE).await?;
    let table = Table::new(request.t("推送，新的在前", "Webhooks, the newest first"), &page.items)
        .head(request.t("推送", "Webhook"), |webhook| {
            html! {
                a href=(request.link(&format!("/webhooks/{}", webhook.id))) { (webhook.name) }
            }
        })
        .text(request.t("外部系统", "External system"), |webhook| &webhook.machine_name)
        .column(request.t("状态", "State"), |webhook| state(&request, webhook))
        .column(request.t("最近送达", "Last delivery"), |webhook| delivered(&request, webhook))
        .empty(request.t(
            "还没有推送。外部系统也可凭令牌自行查询变更。",
            "There is no webhook yet. External systems can ask what changed by their token as well.",
        ));
    let content = html! {
        p.lead { (request.t(
            "推送将变更主动发往外部系统的地址：只告诉什么变了，不含得分和姓名；范围与其令牌所能查询的变更完全相同。由一位管理员建立，另一位管理员确认后生效。",
            "A webhook tells an external system by itself what changed: that something did, without scores or names, and exactly what its token may be told. One administrator makes it, and it works once another has confirmed it.",
        )) }
        @if request.role() == Some(Role::Admin) {
            p { a.button href=(request.link("/webhooks/new")) { (request.t("建立推送", "Make a webhook")) } }
        }
        (table.render())
        (List::new(&request, "/webhooks").keep("machine_id").pages(page.next_cursor.as_deref()))
    };
    Ok(Page::new(request.t("推送", "Webhooks"), content)
        .crumb("/accounts", request.t("账号", "Accounts"))
        .crumb("/machines", request.t("外部系统", "External systems"))
        .data("/api/v1/webhooks"))
}

/// Whether a webhook can be made for an external system.
fn can_be_told(machine: &MachineView) -> bool {
    matches!(machine.state, MachineState::Usable | MachineState::Awaited)
        && machine.scope.covers(Some(ResourceGroup::Changes), false)
}

async fn new(request: Rc<PageRequest>) -> Result<Page> {
    let all = machines::list(&request.service, &request.context, None, 100).await?.items;
    let machines: Vec<&MachineView> = all.iter().filter(|machine| can_be_told(machine)).collect();
    let content = if machines.is_empty() {
        empty(&html! {
            p { (request.t(
                "还没有可推送的外部系统：其令牌须可读取“变更”这组资源。",
                "There is no external system that can be told: its token has to be for the group of resources “Changes”.",
            )) }
            p { a href=(request.link("/machines/new")) { (request.t("建立令牌", "Make a token")) } }
        })
    } else {
        form(&request, &machines).await?
    };
    Ok(of_webhooks(&request, Page::new(request.t("建立推送", "Make a webhook"), content)))
}

async fn form(request: &PageRequest, machines: &[&MachineView]) -> Result<Markup> {
    let catalogue = data::catalogue(&request.service, None).await?.catalogue;
    let form = request.form(Method::Post, "/api/v1/webhooks");
    let none = || Group::plain([(String::new(), request.t("不选", "None").to_owned())]);
    let named = |machine: &&MachineView| (machine.id.to_string(), machine.display_name.clone());
    let acts = || vec![none(), Group::plain(told_actions().map(|act| choice(request, act)))];
    // Regions are asked for where somebody acts for any.
    let bound: Vec<&MachineView> =
        machines.iter().copied().filter(|machine| is_bound(machine.role)).collect();
    let regions = Group::regions(&catalogue, |region| {
        bound.iter().any(|machine| machine.scope.region_codes.contains(&region.code))
    });
    Ok(html! {
        p.lead { (request.t(
            "密钥在下一页显示，请以可靠方式交给接收方，用来核对签名。经另一位管理员确认后开始推送此后的变更。",
            "The secret is shown on the next page: hand it to the receiver by a channel that is trusted; signatures are checked by it. What changes from its confirmation by another administrator is told.",
        )) }
        (form.render(&html! {
            (form.field(&Field::select("/machine_id", request.t("外部系统", "External system"), machines.iter().map(named).collect::<Vec<_>>()).required()))
            @if !bound.is_empty() {
                (form.field(&Field::select_of("/region_code:optional", request.t("推送哪一地区的变更", "Region that it is told for"), std::iter::once(none()).chain(regions).collect())
                    .hint(request.t("令牌代表多个地区时必选", "Needed where its token acts for several")).silent()))
            }
            (form.field(&Field::text("/name", request.t("用途", "What it is for")).complete("off").required().medium()))
            (form.field(&Field::text("/address", request.t("接收地址", "Where it is sent to"))
                .hint(request.t("互联网上的 https 地址；内部网络的地址须由服务器操作员先行开放", "An https address of the internet; those of inner networks have to be opened by the operator of the machine first"))
                .complete("off").required()))
            (places(&form, "/acts", request.t("哪些变更", "Which changes"),
                request.t("不选则为令牌可查询的全部变更；更多请用接口", "None: all that its token may be told; more of them by the API"),
                request.t("变更", "Change"), acts))
            (form.button("建立推送", "Make the webhook"))
        }))
    })
}

/// Who did something and when, and why.
fn by(
    request: &PageRequest,
    name: Option<&str>,
    at: Option<crate::domain::time::Timestamp>,
    otherwise: &str,
) -> Markup {
    html! { @if let Some(at) = at { (name.unwrap_or(otherwise)) " " (request.time(at)) } @else { (request.t("没有", "None")) } }
}

fn about(request: &PageRequest, webhook: &WebhookView, region: Option<String>) -> Markup {
    let act = |key: &String| {
        key.parse::<Action>().map_or_else(|_| key.clone(), |act| act.in_language(request.language).to_owned())
    };
    let machine = request.link(&format!("/machines/{}", webhook.machine_id));
    html! {
        (facts(&[
            (request.t("外部系统", "External system"), html! {
                a href=(machine) { (webhook.machine_name) } @if let Some(region) = region { " " (region) }
            }),
            (request.t("接收地址", "Where it is sent to"), html! { code { (webhook.address) } }),
            (request.t("变更", "Changes"), html! {
                @if webhook.acts.is_empty() { (request.t("令牌可查询的全部变更", "All that its token may be told")) }
                ul { @for key in &webhook.acts { li { (act(key)) } } }
            }),
            (request.t("状态", "State"), state(request, webhook)),
            (request.t("建立", "Made"), by(request, Some(&webhook.made_by_name), Some(webhook.made_at), "")),
            (request.t("确认", "Confirmed"), by(request, webhook.confirmed_by_name.as_deref(), webhook.confirmed_at, "")),
            (request.t("最近送达", "Last delivery"), delivered(request, webhook)),
            (request.t("最近失败", "Last failure"), html! {
                @match (webhook.failed_at, webhook.fault) {
                    (Some(at), Some(fault)) => { (fault.in_language(request.language)) " " (request.time(at)) }
                    _ => (request.t("没有", "None")),
                }
            }),
        ]))
        @if webhook.paused_at.is_some() {
            p { (request.t("停发：", "Paused: "))
                (by(request, webhook.paused_by_name.as_deref(), webhook.paused_at, request.t("系统（连续5天未能送达）", "the service, as nothing could be delivered for five days")))
                " " (request.aside(webhook.paused_because.as_deref().unwrap_or_default())) }
        }
        @if webhook.ended_at.is_some() {
            p { (request.t("终止：", "Ended: "))
                (by(request, webhook.ended_by_name.as_deref(), webhook.ended_at, request.t("接收方不再接收", "its receiver wants no more")))
                " " (request.aside(webhook.ended_because.as_deref().unwrap_or_default())) }
        }
        @if let Some(until) = webhook.former_secret_ends_at {
            (notice(Tone::Neutral, &html! { p { (request.t("密钥已更换，原密钥仍同时签名，至 ", "The secret was changed; the one before signs too until ")) (request.time(until)) } }))
        }
    }
}

/// What an administrator can do about it now.
fn acts(request: &PageRequest, webhook: &WebhookView) -> Markup {
    let at = |act: &str| request.form(Method::Post, format!("/api/v1/webhooks/{}/{act}", webhook.id));
    let confirm =
        at("confirmation").done("推送已确认，开始推送。", "The webhook is confirmed and tells what changes.");
    let test =
        at("test").once().done("试验消息已列入待送达。", "The message is among those to be delivered.");
    let resume = at("resumption").done("推送已继续。", "The webhook goes on.");
    let (pause, replay) = (
        at("pause").done("推送已停发。", "The webhook is paused."),
        at("replay").done("将从该位置起推送。", "It goes on from that place."),
    );
    let (rotate, revoke) = (at("secret"), at("revocation").done("推送已终止。", "The webhook has ended."));
    let is = |state| webhook.state == state;
    let (waits, active, paused) =
        (is(WebhookState::Awaited), is(WebhookState::Active), is(WebhookState::Paused));
    html! {
        @if waits && webhook.is_own {
            (notice(Tone::Warning, &html! { p { (request.t(
                "推送由您建立，请另一位管理员在7天内打开本页确认。",
                "You made this webhook. Ask another administrator to open this page and confirm it within 7 days.",
            )) } }))
        } @else if waits {
            h2 { (request.t("确认", "Confirm")) }
            p { (request.t(
                "请核对接收地址和用途，与建立的管理员和对方单位核实后再确认。",
                "Look at where it is sent to and what it is for, and ask the administrator who made it and its receiver, before you confirm it.",
            )) }
            (confirm.render(&confirm.button("确认推送", "Confirm the webhook")))
        }
        @if active {
            h2 { (request.t("试验与停发", "Try and pause")) }
            (test.render(&html! { button.secondary type="submit" { (request.t("发送试验消息", "Send a message to try it")) } }))
            (pause.render(&html! {
                (pause.field(&Field::text("/reason", request.t("停发的理由", "Why it is paused")).required()))
                (pause.button("停发推送", "Pause the webhook"))
            }))
        }
        @if paused {
            h2 { (request.t("继续推送", "Go on")) }
            (resume.render(&resume.button("继续推送", "Go on")))
        }
        @if active || paused {
            h2 { (request.t("重新推送", "Tell again")) }
            (replay.render(&html! {
                (replay.field(&Field::text("/cursor:optional", request.t("从哪一位置之后起", "After which place"))
                    .hint(request.t("消息中的 cursor；latest 为略过尚未推送的；不填则从头", "The cursor of a message; latest passes over all that was not told; none: from the beginning")).silent()))
                (replay.button("从该位置重新推送", "Tell again from there"))
            }))
            h2 { (request.t("更换密钥", "Change the secret")) }
            p { (request.t("新旧密钥同时签名一天，接收方在此期间更换。", "Both secrets sign for a day, in which the receiver changes to the new one.")) }
            (rotate.render(&rotate.button("更换密钥", "Change the secret")))
        }
        @if waits || active || paused {
            h2 { (request.t("终止推送", "End the webhook")) }
            (revoke.render(&html! {
                (revoke.field(&Field::text("/reason", request.t("终止的理由", "Why it is ended")).required()))
                (revoke.danger("终止推送", "End the webhook"))
            }))
        }
    }
}

fn message_state(request: &PageRequest, message: &DeliveryView) -> Markup {
    html! {
        @match (message.delivered_at, message.fault) {
            (Some(at), _) => { (tag(request.t("已送达", "Delivered"), Tone::Good)) " " (request.time(at)) }
            (None, Some(fault)) => (tag(fault.in_language(request.language), Tone::Bad)),
            (None, None) => (tag(request.t("待送达", "Waits"), Tone::Neutral)),
        }
        @if let Some(status) = message.status { " " span.muted { "HTTP " (status) } }
    }
}

fn messages(request: &PageRequest, webhook: &WebhookView, messages: &[DeliveryView]) -> Markup {
    let again = |message: &DeliveryView| {
        if webhook.state != WebhookState::Active
            || request.role() != Some(Role::Admin)
            || message.delivered_at.is_none()
        {
            return html! { span.muted { "—" } };
        }
        let path = format!("/api/v1/webhooks/{}/deliveries/{}/replay", webhook.id, message.id);
        let form = request
            .form(Method::Post, path)
            .once()
            .done("已列入待送达。", "It is among those to be delivered.");
        form.render(&html! { button.secondary type="submit" { (request.t("重新推送", "Tell again")) } })
    };
    let name = |message: &DeliveryView| match message.kind.as_deref().map(str::parse::<Action>) {
        None => request.t("变更", "Change"),
        Some(Ok(act)) => act.in_language(request.language),
        Some(Err(_)) => request.t("试验", "Try"),
    };
    Table::new(
        request.t(
            "消息，新的在前；送达的保留30天",
            "Messages, the newest first; what was delivered is kept for 30 days",
        ),
        messages,
    )
    .head(request.t("消息", "Message"), |message| html! { (name(message)) " " code { (message.message_id) } })
    .column(request.t("产生", "Made"), |message| request.time(message.made_at))
    .column(request.t("状态", "State"), |message| message_state(request, message))
    .number(request.t("尝试次数", "Attempts"), |message| message.attempts)
    .column(request.t("操作", "Action"), |message| again(message))
    .empty(request.t("还没有消息。", "There is no message yet."))
    .render()
}

async fn read(request: Rc<PageRequest>) -> Result<Page> {
    let id: WebhookId = request.id("webhook_id")?;
    let webhook = webhooks::read(&request.service, &request.context, id).await?;
    let catalogue = data::catalogue(&request.service, None).await?.catalogue;
    let region = webhook.region_code.as_ref().map(|code| catalogue.region_name_or_code(code).clone());
    let content = html! {
        (about(&request, &webhook, region))
        p { a href=(request.link(&format!("/webhooks/{id}/deliveries"))) { (request.t("消息：待送达的和已送达的", "Messages: what waits and what was delivered")) } }
        @if request.role() == Some(Role::Admin) { (acts(&request, &webhook)) }
    };
    Ok(of_webhooks(&request, Page::new(webhook.name.clone(), content)).data(format!("/api/v1/webhooks/{id}")))
}

async fn deliveries(request: Rc<PageRequest>) -> Result<Page> {
    let id: WebhookId = request.id("webhook_id")?;
    let webhook = webhooks::read(&request.service, &request.context, id).await?;
    let before = request.parameter("cursor");
    let page = webhooks::deliveries(&request.service, &request.context, id, before, ON_A_PAGE).await?;
    let content = html! {
        (messages(&request, &webhook, &page.items))
        (List::new(&request, format!("/webhooks/{id}/deliveries")).pages(page.next_cursor.as_deref()))
    };
    Ok(of_webhooks(&request, Page::new(request.t("消息", "Messages"), content))
        .crumb(format!("/webhooks/{id}"), webhook.name)
        .data(format!("/api/v1/webhooks/{id}/deliveries")))
}

fn secret(request: &PageRequest, _: &Fields, answer: &Value) -> Result<Page> {
    let told: WebhookSecretView =
        serde_json::from_value(answer.clone()).map_err(|error| Error::internal(error.to_string()))?;
    let content = html! {
        (notice(Tone::Warning, &html! { p { strong { (request.t(
            "密钥只在这里显示。请现在以可靠方式交给接收方；丢失则更换。",
            "The secret is shown here alone. Hand it to the receiver now, by a channel that is trusted; if it is lost, change it.",
        )) } } }))
        (facts(&[
            (request.t("推送", "Webhook"), html! { (told.webhook.name) }),
            (request.t("接收地址", "Where it is sent to"), html! { code { (told.webhook.address) } }),
            (request.t("密钥", "Secret"), html! { code.secret { (told.secret) } }),
        ]))
        @if told.webhook.state == WebhookState::Awaited {
            p { (request.t(
                "请另一位管理员打开下面的页面确认；在此之前不推送任何内容。",
                "Ask another administrator to open the page below and confirm it; nothing is told before.",
            )) }
        }
        ul.tasks {
            li { a href=(request.link(&format!("/webhooks/{}", told.webhook.id))) { (request.t("查看该推送", "Look at the webhook")) } }
            li { a href=(request.link("/webhooks")) { (request.t("返回推送列表", "Back to the webhooks")) } }
        }
    };
    Ok(of_webhooks(request, Page::new(request.t("推送的密钥", "The secret of a webhook"), content)))
}
