//! The machine's clock: whether it is believed, and the form by which a person says that it is right.

use super::super::prelude::*;
use crate::actions::jumps::{self, ClockView, JumpView};

pub(super) fn pages() -> Vec<PageRoute> {
    vec![page("/clock", Action::ReadClock, show)]
}

/// That the clock is not believed, for the desks of those who can do something about it.
pub(in crate::http::pages) fn doubted(request: &PageRequest, clock: &ClockView) -> Option<Markup> {
    (!clock.believed).then(|| {
        html! {
            p { (request.t(
                "服务器的时钟发生跳变，尚未确认：服务按原来的时间继续，不自动截止任何阶段。",
                "The machine's clock has jumped and is not confirmed: the service goes on by the time before, and closes no stage by itself.",
            )) }
            p { a href=(request.link("/clock")) { (request.t("查看并确认时钟", "Look at the clock and confirm it")) } }
        }
    })
}

async fn show(request: Rc<PageRequest>) -> Result<Page> {
    let clock = jumps::read(&request.service, &request.context).await?;
    let may_confirm = matches!(request.role(), Some(Role::Admin | Role::Office));
    let content = html! {
        @if clock.believed {
            (notice(Tone::Good, &html! { p { (request.t("时钟正常。", "The clock is in order.")) } }))
        } @else {
            (notice(Tone::Warning, &html! { p { (request.t(
                "时钟发生跳变，尚未确认：服务按原来的时间继续，不自动截止任何阶段。请先在服务器上核对时间（如 timedatectl），错误的时钟改正后服务自行恢复。",
                "The clock has jumped and is not confirmed: the service goes on by the time before, and closes no stage by itself. Check the time on the machine first (as by timedatectl); once a wrong clock is put right, the service believes it by itself.",
            )) } }))
        }
        (facts(&[
            (request.t("服务所依据的时间", "Time that the service goes by"), request.time(clock.at)),
            (request.t("服务器的时间", "The machine says"), request.time(clock.machine_at)),
        ]))
        @for jump in &clock.jumps { (open(&request, jump, may_confirm)) }
    };
    Ok(Page::new(request.t("时钟", "Clock"), content).data("/api/v1/clock"))
}

fn open(request: &PageRequest, jump: &JumpView, may_confirm: bool) -> Markup {
    let form = request
        .form(Method::Post, format!("/api/v1/clock/jumps/{}/confirmation", jump.id))
        .done("已确认时钟。", "The clock is confirmed.");
    html! {
        h2 { (request.t("未确认的跳变", "A jump that is not confirmed")) }
        (facts(&[
            (request.t("发现于", "Found"), request.time(jump.at)),
            (request.t("应为", "It should have been"), request.time(jump.expected_at)),
            (request.t("实为", "It was"), request.time(jump.found_at)),
            (request.t("相差（秒）", "Seconds"), html! { (jump.seconds) }),
        ]))
        @if may_confirm {
            p { (request.t(
                "仅在服务器现在的时间正确时确认：服务随即按它继续，已过的截止时间随即生效，登录可能到期。",
                "Confirm only if the machine's time is right now: the service goes by it at once, deadlines that have passed take effect, and sign-ins may end.",
            )) }
            (form.render(&html! {
                (form.field(&Field::area("/reason", request.t("如何核对的", "How it was checked"), 2).required()))
                (form.danger("确认服务器的时间正确", "The machine's time is right"))
            }))
        }
    }
}
