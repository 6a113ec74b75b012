//! The machine's clock: whether it is believed, and the form by which a person says that it is right.

use super::super::prelude::*;
use crate::actions::jumps::{self, ClockView, JumpView};

pub(super) fn pages() -> Vec<Page> {
    vec![page("/clock", Action::ReadClock, show)]
}

/// That the clock is not believed, for the desks of those who can do something about it.
pub(in crate::http::pages) fn doubted(asked: &Asked, clock: &ClockView) -> Option<Markup> {
    (!clock.believed).then(|| {
        html! {
            p { (asked.t(
                "服务器的时钟发生跳变，尚未确认：服务按原来的时间继续，不自动截止任何环节。",
                "The machine's clock has jumped and is not confirmed: the service goes on by the time before, and closes no stage by itself.",
            )) }
            p { a href=(asked.link("/clock")) { (asked.t("查看并确认时钟", "Look at the clock and confirm it")) } }
        }
    })
}

async fn show(asked: Rc<Asked>) -> Result<Shown> {
    let clock = jumps::read(&asked.service, &asked.visit).await?;
    let may_confirm = matches!(asked.role(), Some(Role::Admin | Role::Office));
    let content = html! {
        @if clock.believed {
            (notice(Tone::Good, &html! { p { (asked.t("时钟正常。", "The clock is in order.")) } }))
        } @else {
            (notice(Tone::Warning, &html! { p { (asked.t(
                "时钟发生跳变，尚未确认：服务按原来的时间继续，不自动截止任何环节。请先在服务器上核对时间（如 timedatectl），错误的时钟改正后服务自行恢复。",
                "The clock has jumped and is not confirmed: the service goes on by the time before, and closes no stage by itself. Check the time on the machine first (as by timedatectl); once a wrong clock is put right, the service believes it by itself.",
            )) } }))
        }
        (facts(&[
            (asked.t("服务所依据的时间", "The service goes by"), asked.time(clock.at)),
            (asked.t("服务器的时间", "The machine says"), asked.time(clock.wall)),
        ]))
        @for jump in &clock.jumps { (open(&asked, jump, may_confirm)) }
    };
    Ok(Shown::new(asked.t("时钟", "Clock"), content).data("/api/v1/clock"))
}

fn open(asked: &Asked, jump: &JumpView, may_confirm: bool) -> Markup {
    let form = asked
        .form(Method::Post, format!("/api/v1/clock/jumps/{}/confirmation", jump.id))
        .done("已确认时钟。", "The clock is confirmed.");
    html! {
        h2 { (asked.t("未确认的跳变", "A jump that is not confirmed")) }
        (facts(&[
            (asked.t("发现于", "Found"), asked.time(jump.at)),
            (asked.t("应为", "It should have been"), asked.time(jump.from)),
            (asked.t("实为", "It was"), asked.time(jump.to)),
            (asked.t("相差（秒）", "Seconds"), html! { (jump.seconds) }),
        ]))
        @if may_confirm {
            p { (asked.t(
                "仅在服务器现在的时间正确时确认：服务随即按它继续，已过的截止时间随即生效，登录可能到期。",
                "Confirm only if the machine's time is right now: the service goes by it at once, deadlines that have passed take effect, and sign-ins may end.",
            )) }
            (form.render(&html! {
                (form.field(&Field::area("/reason", asked.t("如何核对的", "How it was checked"), 2).required()))
                (form.danger("确认服务器的时间正确", "The machine's time is right"))
            }))
        }
    }
}
