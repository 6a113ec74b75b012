//! The tables, once for both databases. `tests/it/databases.rs` compares this with what the migrations make.

diesel::table! {
    /// Keys that signed access tokens before keys were kept outside the database; their secrets are emptied.
    signing_key (id) {
        id -> Text,
        secret -> Binary,
        created_at -> BigInt,
    }
}

diesel::table! {
    /// Which keys this database goes with.
    key_fingerprint (fingerprint) {
        fingerprint -> Text,
        recorded_at -> BigInt,
    }
}

diesel::table! {
    /// Versions of reference data: catalogues, and calendars of working days. Append-only.
    dataset (kind, version) {
        kind -> Text,
        version -> Integer,
        content -> Text,
        digest -> Text,
        reason -> Text,
        imported_by -> Nullable<Text>,
        imported_at -> BigInt,
    }
}

diesel::table! {
    account (id) {
        id -> Text,
        name -> Text,
        display_name -> Text,
        role -> Text,
        region -> Nullable<Text>,
        enabled -> Bool,
        password_hash -> Nullable<Text>,
        password_changed_at -> Nullable<BigInt>,
        revision -> BigInt,
        created_at -> BigInt,
        email -> Nullable<Text>,
        phone -> Nullable<Text>,
        email_confirmed -> Bool,
        second_factor_at -> Nullable<BigInt>,
        machine -> Bool,
        duties -> Text,
    }
}

diesel::table! {
    /// The roles whose forgotten passwords are helped by mail.
    forgotten_password (role) {
        role -> Text,
    }
}

diesel::table! {
    /// Tokens of external systems. Only the digest of the secret is stored.
    machine (account_id) {
        account_id -> Text,
        secret_digest -> Text,
        scope -> Text,
        made_by -> Text,
        made_at -> BigInt,
        expires_at -> BigInt,
        confirmed_by -> Nullable<Text>,
        confirmed_at -> Nullable<BigInt>,
        revoked_by -> Nullable<Text>,
        revoked_at -> Nullable<BigInt>,
        revoked_because -> Nullable<Text>,
        used_at -> Nullable<BigInt>,
        used_from -> Nullable<Text>,
    }
}

diesel::table! {
    /// One-time links: first set-up, invitations, resets. Only the digest of the secret is stored.
    one_time_link (id) {
        id -> Text,
        account_id -> Nullable<Text>,
        secret_digest -> Text,
        created_at -> BigInt,
        expires_at -> BigInt,
        used_at -> Nullable<BigInt>,
        confirmation -> Text,
        issued_by -> Nullable<Text>,
        confirmed_by -> Nullable<Text>,
        refused_by -> Nullable<Text>,
        refused_because -> Nullable<Text>,
        clears_second_factor -> Bool,
    }
}

diesel::table! {
    /// Who signs in to which account by the province's platform.
    platform_link (id) {
        id -> Text,
        account_id -> Text,
        issuer -> Text,
        subject -> Text,
        label -> Text,
        linked_at -> BigInt,
        ended_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    /// Trips to the platform that have ended, so that none ends twice.
    platform_trip (state) {
        state -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    /// What the owner of an account is told that was done to it, until they say that they have read it.
    account_message (id) {
        id -> Text,
        account_id -> Text,
        kind -> Text,
        by_name -> Nullable<Text>,
        at -> BigInt,
        read_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    /// What releases before counted wrong passwords in; no longer read.
    login_failure (name, source) {
        name -> Text,
        source -> Text,
        failures -> Integer,
        since -> BigInt,
        locked_until -> Nullable<BigInt>,
    }
}

diesel::table! {
    session (id) {
        id -> Text,
        account_id -> Text,
        created_at -> BigInt,
        refreshed_at -> BigInt,
        expires_at -> BigInt,
        source -> Text,
        client -> Text,
        ended_at -> Nullable<BigInt>,
        ended_because -> Nullable<Text>,
        proved_at -> BigInt,
    }
}

diesel::table! {
    /// Apps that make codes for accounts: one that was begun, one that was confirmed.
    totp (account_id, state) {
        account_id -> Text,
        state -> Text,
        nonce -> Text,
        used_step -> BigInt,
        begun_at -> BigInt,
    }
}

diesel::table! {
    /// Recovery codes, by MAC.
    recovery_code (mac) {
        mac -> Text,
        account_id -> Text,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    /// Passkeys of accounts.
    passkey (id) {
        id -> Text,
        account_id -> Text,
        name -> Text,
        credential_id -> Text,
        public_key -> Text,
        counter -> BigInt,
        copied -> Bool,
        added_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    /// Challenges that a passkey has answered to, until they would have ended anyway.
    passkey_challenge (nonce) {
        nonce -> Text,
        ends_at -> BigInt,
    }
}

diesel::table! {
    /// Refresh tokens, by digest. A used one that comes again ends its session.
    refresh_token (secret_digest) {
        secret_digest -> Text,
        session_id -> Text,
        issued_at -> BigInt,
        used_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    competition (id) {
        id -> Text,
        state -> Text,
        revision -> BigInt,
        version -> Integer,
        called_version -> Nullable<Integer>,
        created_by -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    /// Versions of a competition's settings. Append-only.
    competition_version (competition_id, number) {
        competition_id -> Text,
        number -> Integer,
        content -> Text,
        digest -> Text,
        reason -> Text,
        changed_by -> Text,
        changed_at -> BigInt,
    }
}

diesel::table! {
    application (id) {
        id -> Text,
        competition_id -> Text,
        lead_region -> Text,
        city -> Text,
        chain -> Integer,
        state -> Text,
        revision -> BigInt,
        number -> Nullable<Text>,
        created_by -> Text,
        created_at -> BigInt,
        changed_at -> BigInt,
    }
}

diesel::table! {
    /// What stands in each part of an application now.
    application_part (application_id, part) {
        application_id -> Text,
        part -> Text,
        revision -> BigInt,
        content -> Text,
        changed_by -> Text,
        changed_at -> BigInt,
    }
}

diesel::table! {
    /// What ever stood in each part. Append-only.
    application_part_version (application_id, part, revision) {
        application_id -> Text,
        part -> Text,
        revision -> BigInt,
        content -> Text,
        digest -> Text,
        changed_by -> Text,
        changed_at -> BigInt,
    }
}

diesel::table! {
    /// Each submission, whole, as canonical bytes. Append-only.
    submission (application_id, number) {
        application_id -> Text,
        number -> Integer,
        content -> Text,
        digest -> Text,
        submitted_by -> Text,
        submitted_at -> BigInt,
    }
}

diesel::table! {
    application_member (application_id, region) {
        application_id -> Text,
        region -> Text,
        role -> Text,
        consent -> Text,
        statement -> Text,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<BigInt>,
        added_at -> BigInt,
    }
}

diesel::table! {
    evidence (id) {
        id -> Text,
        application_id -> Text,
        digest -> Text,
        size -> BigInt,
        media_type -> Text,
        name -> Text,
        kind -> Text,
        office_only -> Bool,
        uploaded_by -> Text,
        uploaded_at -> BigInt,
        removed_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    /// What was decided about an application, and why: the history that its applicant reads. Append-only.
    application_decision (application_id, number) {
        application_id -> Text,
        number -> Integer,
        kind -> Text,
        reasons -> Text,
        decided_by -> Text,
        decided_at -> BigInt,
    }
}

diesel::table! {
    /// A city's recommendation list.
    recommendation_list (competition_id, city) {
        competition_id -> Text,
        city -> Text,
        revision -> BigInt,
        number -> Nullable<Text>,
        content -> Nullable<Text>,
        digest -> Nullable<Text>,
        sealed_by -> Nullable<Text>,
        sealed_at -> Nullable<BigInt>,
        contact -> Text,
        document_number -> Text,
    }
}

diesel::table! {
    /// What a city thinks of an application that is not on its list.
    recommendation_left_out (application_id) {
        application_id -> Text,
        competition_id -> Text,
        city -> Text,
        opinion -> Text,
    }
}

diesel::table! {
    /// Who stands on a recommendation list, in which place.
    recommendation (application_id) {
        application_id -> Text,
        competition_id -> Text,
        city -> Text,
        place -> Integer,
        opinion -> Text,
    }
}

diesel::table! {
    formal_check (application_id, round) {
        application_id -> Text,
        round -> Integer,
        items -> Text,
        result -> Text,
        reasons -> Text,
        correction_until -> Nullable<BigInt>,
        checked_by -> Text,
        checked_at -> BigInt,
        /// With which others it was issued, if it was: a number within its competition.
        lot -> Nullable<Integer>,
    }
}

diesel::table! {
    formal_check_draft (application_id) {
        application_id -> Text,
        content -> Text,
        revision -> BigInt,
        changed_by -> Text,
        changed_at -> BigInt,
    }
}

diesel::table! {
    veto_check (application_id, item) {
        application_id -> Text,
        item -> Text,
        state -> Text,
        note -> Text,
        document -> Nullable<Text>,
        revision -> BigInt,
        changed_by -> Text,
        changed_at -> BigInt,
    }
}

diesel::table! {
    /// Letters that ask a department about veto items of several applications.
    inquiry (competition_id, number) {
        competition_id -> Text,
        number -> Integer,
        department -> Text,
        document_number -> Text,
        dated -> Text,
        asked -> Text,
        asked_by -> Text,
        asked_at -> BigInt,
        revision -> BigInt,
        reply_digest -> Nullable<Text>,
        reply_name -> Nullable<Text>,
        note -> Text,
        answered_by -> Nullable<Text>,
        answered_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    /// The last event of each chain; its row is the lock under which a competition is written.
    audit_head (chain) {
        chain -> Text,
        seq -> BigInt,
        digest -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    /// The audit trail: `body` is the event, canonical JSON; the other columns repeat parts of it for filters.
    audit_event (chain, seq) {
        chain -> Text,
        seq -> BigInt,
        digest -> Text,
        body -> Text,
        at -> BigInt,
        account_id -> Nullable<Text>,
        action -> Text,
        object -> Text,
        outcome -> Text,
        request_id -> Text,
    }
}

diesel::table! {
    /// Answers to creating requests, so that a repeated request gets the same answer and is not done twice.
    idempotency (account_id, key) {
        account_id -> Text,
        key -> Text,
        fingerprint -> Text,
        body -> Text,
        stored_at -> BigInt,
        sent -> Nullable<Text>,
    }
}

diesel::table! {
    /// Masked answers to requests of people without an account, for a day.
    public_answer (id) {
        id -> Text,
        body -> Text,
        stored_at -> BigInt,
        sent -> Nullable<Text>,
    }
}

diesel::table! {
    /// What the public took on a day.
    public_use (purpose, mark, day) {
        purpose -> Text,
        mark -> Text,
        day -> Text,
        used -> BigInt,
    }
}

diesel::table! {
    /// Running numbers without gaps.
    counter (name) {
        name -> Text,
        value -> BigInt,
    }
}

diesel::table! {
    /// The expert pool (专家库). `content` is the whole profile, canonical JSON; the other columns repeat parts of it.
    expert (id) {
        id -> Text,
        account_id -> Nullable<Text>,
        name -> Text,
        unit -> Text,
        content -> Text,
        revision -> BigInt,
        changed_by -> Text,
        changed_at -> BigInt,
    }
}

diesel::table! {
    /// Attempts to draw the panels of a competition. `content` is what was frozen before the public seed was known.
    draw (competition_id, number) {
        competition_id -> Text,
        number -> Integer,
        state -> Text,
        content -> Text,
        digest -> Text,
        secret -> Text,
        public_seed -> Nullable<Text>,
        result -> Nullable<Text>,
        frozen_by -> Text,
        frozen_at -> BigInt,
        drawn_at -> Nullable<BigInt>,
        witnessed_by -> Nullable<Text>,
        witnessed_at -> Nullable<BigInt>,
        reason -> Text,
    }
}

diesel::table! {
    /// Which panel judges an application.
    panel_application (application_id) {
        application_id -> Text,
        competition_id -> Text,
        unit -> Text,
    }
}

diesel::table! {
    /// Who was drawn for a panel, in the order of the draw: serving, waiting as next in order, or recused.
    panel_seat (competition_id, unit, expert_id) {
        competition_id -> Text,
        unit -> Text,
        expert_id -> Text,
        position -> Integer,
        state -> Text,
        reason -> Text,
        declared_at -> Nullable<BigInt>,
        changed_at -> BigInt,
    }
}

diesel::table! {
    /// Score sheets as they stand: drafts, signed ones, and paper sheets that a second person has yet to confirm.
    sheet (application_id, expert_id) {
        application_id -> Text,
        expert_id -> Text,
        competition_id -> Text,
        state -> Text,
        content -> Text,
        version -> Integer,
        digest -> Nullable<Text>,
        revision -> BigInt,
        changed_by -> Text,
        changed_at -> BigInt,
    }
}

diesel::table! {
    /// The inspection of an application as it stands: plan, record, signatures.
    inspection (application_id) {
        application_id -> Text,
        competition_id -> Text,
        state -> Text,
        plan -> Text,
        record -> Text,
        signatures -> Text,
        version -> Integer,
        comment_until -> Nullable<BigInt>,
        revision -> BigInt,
        changed_by -> Text,
        changed_at -> BigInt,
    }
}

diesel::table! {
    /// What the inspection found to be put right (整改), and what came of it.
    rectification (id) {
        id -> Text,
        application_id -> Text,
        competition_id -> Text,
        state -> Text,
        content -> Text,
        due -> BigInt,
        revision -> BigInt,
        changed_by -> Text,
        changed_at -> BigInt,
    }
}

diesel::table! {
    /// What was signed or published, as it was: canonical JSON with its digest, one row a version. Append-only.
    document (competition_id, kind, subject, number) {
        competition_id -> Text,
        kind -> Text,
        subject -> Text,
        number -> Integer,
        content -> Text,
        digest -> Text,
        reason -> Text,
        signed_by -> Text,
        signed_at -> BigInt,
    }
}

diesel::table! {
    /// What makes the keys under which experts stand in a tally unguessable.
    edition_secret (competition_id) {
        competition_id -> Text,
        secret -> Text,
    }
}

diesel::table! {
    /// Objections of the public (异议), and anonymous leads. Who objects stands in `identity` alone.
    objection (id) {
        id -> Text,
        competition_id -> Text,
        application_id -> Text,
        number -> Text,
        code_digest -> Text,
        anonymous -> Bool,
        state -> Text,
        content -> Text,
        identity -> Nullable<Text>,
        steps -> Text,
        due -> Nullable<BigInt>,
        revision -> BigInt,
        received_at -> BigInt,
        changed_at -> BigInt,
        reached_at -> Nullable<BigInt>,
        channel -> Nullable<Text>,
    }
}

diesel::table! {
    /// Evidence that came with an objection.
    objection_file (id) {
        id -> Text,
        objection_id -> Text,
        digest -> Text,
        size -> BigInt,
        media_type -> Text,
        name -> Text,
        uploaded_at -> BigInt,
    }
}

diesel::table! {
    /// Requests of applicants to have arithmetic or procedure looked at again (复核申请).
    recheck_request (id) {
        id -> Text,
        competition_id -> Text,
        application_id -> Text,
        state -> Text,
        content -> Text,
        answer -> Nullable<Text>,
        revision -> BigInt,
        filed_by -> Text,
        filed_at -> BigInt,
        changed_at -> BigInt,
    }
}

diesel::table! {
    /// Titles that were awarded. `content` is who holds which; dates are civil dates, ISO 8601.
    title (id) {
        id -> Text,
        competition_id -> Text,
        application_id -> Text,
        state -> Text,
        content -> Text,
        valid_from -> Text,
        valid_until -> Text,
        revision -> BigInt,
        changed_at -> BigInt,
    }
}

diesel::table! {
    /// Letters to be sent by mail. `dedupe_key` says what a letter is about, so that it is written once.
    letter (id) {
        id -> Text,
        competition_id -> Nullable<Text>,
        dedupe_key -> Text,
        account_id -> Nullable<Text>,
        address -> Text,
        subject -> Text,
        body -> Text,
        state -> Text,
        attempts -> Integer,
        next_at -> BigInt,
        claimed_until -> Nullable<BigInt>,
        error -> Text,
        created_at -> BigInt,
        sent_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    /// Passwords that were tried, by name and place, each counted before it is looked at.
    password_guess (id) {
        id -> Text,
        name -> Text,
        place -> Text,
        at -> BigInt,
        forgiven -> Bool,
    }
}

diesel::table! {
    /// What a scanner said of a kept file, by the digest of its content: a file without a row was not scanned.
    file_scan (digest) {
        digest -> Text,
        state -> Text,
        found -> Text,
        scanned_at -> BigInt,
    }
}

diesel::table! {
    /// Webhooks of external systems.
    webhook (id) {
        id -> Text,
        machine_id -> Text,
        region -> Nullable<Text>,
        name -> Text,
        address -> Text,
        acts -> Text,
        made_by -> Text,
        made_at -> BigInt,
        confirmed_by -> Nullable<Text>,
        confirmed_at -> Nullable<BigInt>,
        ended_by -> Nullable<Text>,
        ended_at -> Nullable<BigInt>,
        ended_because -> Nullable<Text>,
        secret_number -> Integer,
        former_until -> Nullable<BigInt>,
    }
}

diesel::table! {
    /// How far webhooks have come.
    webhook_progress (webhook_id) {
        webhook_id -> Text,
        place -> Nullable<Text>,
        next_at -> BigInt,
        claimed_until -> Nullable<BigInt>,
        failing_since -> Nullable<BigInt>,
        delivered_at -> Nullable<BigInt>,
        failed_at -> Nullable<BigInt>,
        fault -> Nullable<Text>,
        paused_by -> Nullable<Text>,
        paused_at -> Nullable<BigInt>,
        paused_because -> Nullable<Text>,
    }
}

diesel::table! {
    /// What webhooks tell: what waits, and for a while what was told.
    webhook_delivery (id) {
        id -> Text,
        webhook_id -> Text,
        message_id -> Text,
        kind -> Text,
        body -> Text,
        made_at -> BigInt,
        attempts -> Integer,
        tried_at -> Nullable<BigInt>,
        status -> Nullable<Integer>,
        fault -> Nullable<Text>,
        delivered_at -> Nullable<BigInt>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    account,
    application,
    application_decision,
    application_member,
    application_part,
    application_part_version,
    audit_event,
    audit_head,
    competition,
    competition_version,
    dataset,
    document,
    evidence,
    expert,
    file_scan,
    formal_check,
    formal_check_draft,
    inspection,
    machine,
    objection,
    objection_file,
    one_time_link,
    panel_application,
    panel_seat,
    recommendation,
    recommendation_list,
    session,
    sheet,
    submission,
    veto_check,
    webhook,
    webhook_delivery,
    webhook_progress,
);
