//! The rules, asked of what is recorded of one competition.

use super::recorded::{Recorded, Settings, Shared};
use super::views::{AlarmPersonView, AlarmSubject, AlarmView};
use crate::db::alarms as rows;
use crate::domain::alarms::{
    AlarmKind, Deadline, JudgedShares, far_from_panel, in_points, is_after_tally, shared_addresses,
    signature_alarm,
};
use crate::domain::competition::CompetitionState;
use crate::domain::ids::{AccountId, ApplicationId, ExpertId};
use crate::domain::record::DocumentKind;
use crate::domain::time::Timestamp;
use crate::domain::values::count;

/// Finds the alarms of one competition.
pub(super) struct Finder<'a> {
    pub(super) recorded: &'a Recorded,
    pub(super) shared: &'a Shared,
    pub(super) settings: &'a Settings,
    pub(super) called_version: Option<i32>,
    pub(super) found: Vec<AlarmView>,
}

/// An application and an expert, as the subject of a sheet's document names them.
fn sheet_of(subject: &str) -> Option<(ApplicationId, ExpertId)> {
    let (application, expert) = subject.split_once('/')?;
    Some((application.parse().ok()?, expert.parse().ok()?))
}

impl Finder<'_> {
    fn person(&self, account: AccountId) -> AlarmPersonView {
        let name = self.shared.names.get(&account).cloned().unwrap_or_default();
        AlarmPersonView { account_id: Some(account), name }
    }

    pub(super) fn expert(&self, id: ExpertId) -> AlarmPersonView {
        let found = self.shared.experts.get(&id).cloned();
        found.unwrap_or(AlarmPersonView { account_id: None, name: String::new() })
    }

    /// Adds an alarm; the rest of it is filled in by whoever adds it.
    fn add(
        &mut self,
        kind: AlarmKind,
        at: Timestamp,
        subject: AlarmSubject,
        what: (String, String),
    ) -> &mut AlarmView {
        self.found.push(AlarmView::new(kind, at, subject, what));
        // Just pushed, so there is a last one.
        let last = self.found.len() - 1;
        &mut self.found[last]
    }

    fn about(&self, application: ApplicationId) -> (Option<ApplicationId>, Option<String>) {
        (Some(application), self.recorded.numbers.get(&application).cloned().flatten())
    }

    pub(super) fn documents(&mut self) {
        for rows::Signed { kind, subject, number, by, at, .. } in &self.recorded.documents {
            match kind {
                DocumentKind::Sheet => self.signature(subject, *number, *by, *at),
                DocumentKind::Tally => self.tally(*number, *by, *at),
                DocumentKind::Inspection => self.changed(AlarmSubject::Inspection, subject, *by, *at),
                DocumentKind::Increase => self.changed(AlarmSubject::Increase, subject, *by, *at),
                _ => self.changed(AlarmSubject::Adjustments, subject, *by, *at),
            }
        }
    }

    fn signature(&mut self, subject: &str, number: i32, by: AccountId, at: Timestamp) {
        let review = self.settings.deadline(CompetitionState::Scoring);
        let Some(kind) = signature_alarm(number, at, review, self.recorded.first_tally) else { return };
        let Some((application, expert)) = sheet_of(subject) else { return };
        let what = match kind {
            AlarmKind::SheetLate => (
                "评分表在评审截止后才签署".to_owned(),
                "The sheet was signed after the deadline of the review".to_owned(),
            ),
            AlarmKind::NearDeadline | AlarmKind::AfterExtension => {
                deadline_words(kind, "签署评分表", "The sheet was signed", review)
            }
            _ => (
                format!("已签署的评分表被更正为第{number}版"),
                format!("The signed sheet was corrected: version {number}"),
            ),
        };
        let (person, expert) = (self.person(by), self.expert(expert));
        let (id, application_number) = self.about(application);
        let alarm = self.add(kind, at, AlarmSubject::Sheet, what);
        (alarm.application_id, alarm.application_number) = (id, application_number);
        alarm.number = Some(number);
        alarm.persons = vec![person];
        alarm.experts = vec![expert];
    }

    /// Something that the tally rests on, where it came after the tally.
    fn changed(&mut self, subject: AlarmSubject, about: &str, by: AccountId, at: Timestamp) {
        let application = about.split('/').next().and_then(|id| id.parse::<ApplicationId>().ok());
        let Some(application) = application.filter(|_| is_after_tally(at, self.recorded.first_tally)) else {
            return;
        };
        let (zh, en) = match subject {
            AlarmSubject::Inspection => ("考察记录重新签署", "The inspection was signed anew"),
            AlarmSubject::Increase => ("同意核增指标值", "A value above the claim was consented to"),
            _ => ("加分扣分被更改", "Bonuses or deductions were changed"),
        };
        let person = self.person(by);
        let (id, number) = self.about(application);
        let alarm = self.add(AlarmKind::AfterTally, at, subject, (zh.to_owned(), en.to_owned()));
        (alarm.application_id, alarm.application_number) = (id, number);
        alarm.persons = vec![person];
    }

    pub(super) fn tally(&mut self, number: i32, by: AccountId, at: Timestamp) {
        if !is_after_tally(at, self.recorded.first_tally) {
            return;
        }
        let what = (format!("产生了第{number}版汇总"), format!("Version {number} of the tally was made"));
        let person = self.person(by);
        let alarm = self.add(AlarmKind::AfterTally, at, AlarmSubject::Tally, what);
        alarm.number = Some(number);
        alarm.persons = vec![person];
    }

    pub(super) fn settings(&mut self) {
        for rows::SettingsVersion { number, by, at, .. } in &self.recorded.versions {
            let is_correction = self.called_version.is_some_and(|called| *number > called);
            if !is_correction || !is_after_tally(*at, self.recorded.first_tally) {
                continue;
            }
            let what = (
                format!("竞赛设置被更正或延期（第{number}版）"),
                format!("The settings were corrected or a deadline extended: version {number}"),
            );
            let person = self.person(*by);
            let alarm = self.add(AlarmKind::AfterTally, *at, AlarmSubject::Settings, what);
            alarm.number = Some(*number);
            alarm.persons = vec![person];
        }
    }

    /// The deadline that a submission had to keep: that of its stage, or of the correction that was asked for.
    fn submission_deadline(&self, application: ApplicationId, at: Timestamp) -> Option<Deadline> {
        let stages = [CompetitionState::Application, CompetitionState::Recommendation];
        let stage = stages.into_iter().filter_map(|state| self.settings.deadline(state));
        let corrections = self.shared.corrections.get(&application).into_iter().flatten();
        stage.chain(corrections.map(|until| Deadline::at(*until))).find(|deadline| at <= deadline.holds)
    }

    pub(super) fn submissions(&mut self) {
        for rows::Submitted { application, number, by, at, .. } in &self.recorded.submissions {
            let deadline = self.submission_deadline(*application, *at);
            let Some(kind) = deadline.and_then(|deadline| deadline.alarm(*at)) else { continue };
            let what = deadline_words(kind, "提交申报", "The application was submitted", deadline);
            let person = self.person(*by);
            let (id, application_number) = self.about(*application);
            let alarm = self.add(kind, *at, AlarmSubject::Submission, what);
            (alarm.application_id, alarm.application_number) = (id, application_number);
            alarm.number = Some(*number);
            alarm.persons = vec![person];
        }
    }

    pub(super) fn lists(&mut self) {
        let deadline = self.settings.deadline(CompetitionState::Recommendation);
        for rows::Sealed { city, by, at, .. } in &self.recorded.lists {
            let Some(at) = *at else { continue };
            let Some(kind) = deadline.and_then(|deadline| deadline.alarm(at)) else { continue };
            let named = self.settings.holds.catalogue.named_city(city);
            let name = &named.name;
            let (zh, en) = (format!("{name}封存推荐名单"), format!("The list of {name} was sealed"));
            let what = deadline_words(kind, &zh, &en, deadline);
            let by: Vec<_> = by.iter().map(|account| self.person(*account)).collect();
            let alarm = self.add(kind, at, AlarmSubject::List, what);
            alarm.city = Some(named);
            alarm.persons = by;
        }
    }

    pub(super) fn paper(&mut self) {
        for event in &self.recorded.paper {
            if event.details["discarded"] != true {
                continue;
            }
            let application = event.object.strip_prefix("application/").and_then(|id| id.parse().ok());
            let expert = event.details["expert"].as_str().and_then(|id| id.parse().ok());
            let what = (
                "纸质评分表的首次录入被作废，须重新录入".to_owned(),
                "The first entry of the paper sheet was discarded; it is to be entered anew".to_owned(),
            );
            let by = event.actor.as_ref().map(|actor| self.person(actor.account));
            let experts = expert.map(|expert| self.expert(expert));
            let about = application.map(|id| self.about(id)).unwrap_or_default();
            let alarm = self.add(AlarmKind::PaperReplaced, event.at, AlarmSubject::Sheet, what);
            (alarm.application_id, alarm.application_number) = about;
            alarm.persons = by.into_iter().collect();
            alarm.experts = experts.into_iter().collect();
        }
    }

    pub(super) fn far_sheets(&mut self) {
        let rubric = &self.settings.holds.tally.rubric;
        let most = JudgedShares::of(rubric).most();
        for panel in self.recorded.sheets.chunk_by(|one, next| one.application == next.application) {
            let (mut totals, mut sheets) = (Vec::new(), Vec::new());
            for sheet in panel {
                // A rubric corrected since may know other indicators: such a sheet can't be compared.
                let Some(total) = self.recorded.totals.get(&sheet.digest).copied().flatten() else {
                    continue;
                };
                totals.push(total);
                sheets.push(sheet);
            }
            for far in far_from_panel(&totals, most) {
                let rows::SignedSheet { application, expert, at, .. } = sheets[far.index];
                let points = |share| in_points(share, rubric);
                let (total, median, allowed) =
                    (points(totals[far.index]), points(far.median), points(far.allowed));
                let what = (
                    format!("专家评分合计{total}分，本组中位数{median}分，允许相差{allowed}分"),
                    format!(
                        "The judged total is {total}; the panel's median is {median}, and {allowed} may lie between them"
                    ),
                );
                let person = self.expert(*expert);
                let (id, number) = self.about(*application);
                let alarm = self.add(AlarmKind::FarFromPanel, *at, AlarmSubject::Sheet, what);
                (alarm.application_id, alarm.application_number) = (id, number);
                alarm.experts = vec![person];
            }
        }
    }

    pub(super) fn addresses(&mut self) {
        let Some(drawn) = self.recorded.drawn else { return };
        let while_judging = |at: Timestamp| at >= drawn && !is_after_tally(at, self.recorded.first_tally);
        let sign_ins: Vec<_> = self.recorded.sign_ins.iter().filter(|row| while_judging(row.at)).collect();
        let found = shared_addresses(sign_ins.iter().map(|row| (row.expert, row.source.clone())));
        for (address, people) in found {
            let last = sign_ins.iter().filter(|row| row.source == address).map(|row| row.at).max();
            let Some(at) = last else { continue };
            let what = (
                format!("{}位在任专家从同一网络地址 {address} 登录", people.len()),
                format!(
                    "{} from the same address, {address}",
                    count(people.len(), "expert who serves signed in", "experts who serve signed in")
                ),
            );
            let experts = people.iter().map(|expert| self.expert(*expert)).collect();
            let alarm = self.add(AlarmKind::SharedAddress, at, AlarmSubject::SignIns, what);
            alarm.experts = experts;
        }
    }
}

/// What was done close to a deadline, or by grace of an extension.
fn deadline_words(kind: AlarmKind, zh: &str, en: &str, deadline: Option<Deadline>) -> (String, String) {
    let Some(deadline) = deadline else { return (zh.to_owned(), en.to_owned()) };
    let (announced, holds) = (deadline.announced, deadline.holds);
    match kind {
        AlarmKind::AfterExtension => (
            format!("原定{announced}截止，延期至{holds}后{zh}"),
            format!("{en} after {announced}, as the deadline had been extended to {holds}"),
        ),
        _ => (format!("临近截止（{holds}）{zh}"), format!("{en} shortly before the deadline, {holds}")),
    }
}
