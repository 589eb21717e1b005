//! The pages in a browser, on both deployments: see `e2e/browser`.

#![cfg(test)]

/// Runs a scenario of a file on an embedded deployment and on a fleet, which the first two names start.
macro_rules! in_a_browser {
    ($embedded:ident, $fleet:ident => $($file:ident: $($scenario:ident),* $(,)?;)*) => {
        mod $embedded {
            $($(#[tokio::test]
            async fn $scenario() -> anyhow::Result<()> {
                let mut deployment = e2e::gavel::Deployment::$embedded()?;
                let (file, scenario) = (stringify!($file), stringify!($scenario));
                e2e::browser::run(&mut deployment, stringify!($embedded), file, scenario)?;
                deployment.finish().await
            })*)*
        }
        mod $fleet {
            $($(#[tokio::test]
            async fn $scenario() -> anyhow::Result<()> {
                let mut deployment = e2e::gavel::Deployment::$fleet()?;
                let (file, scenario) = (stringify!($file), stringify!($scenario));
                e2e::browser::run(&mut deployment, stringify!($fleet), file, scenario)?;
                deployment.finish().await
            })*)*
        }
    };
}

in_a_browser!(closed, closed_fleet =>
    administration:
        a_closed_judge_lets_in_whom_it_knows,
        a_user_is_created_demoted_and_disabled,
        many_users_are_created_from_a_list,
        settings_are_seen_by_everybody,
        the_queue_is_watched_and_a_submission_cancelled,
        administration_needs_no_javascript,
        administration_fits_a_phone_in_the_dark;
);

in_a_browser!(embedded, fleet =>
    pages:
        an_account_is_made_and_used,
        a_problem_is_solved_while_its_cases_tick,
        a_wrong_answer_shows_what_was_different,
        a_compile_error_leads_to_its_line,
        a_verdict_survives_lost_connections,
        all_is_there_without_javascript,
        a_phone_is_enough,
        dark_looks_are_chosen_and_kept,
        drafts_and_files_come_into_the_editor,
        a_program_is_tried_without_submitting,
        submissions_are_read_again_and_compared,
        a_keyboard_is_enough;
    setters:
        a_setter_uploads_verifies_and_publishes,
        a_setter_needs_no_javascript,
        an_admin_rejudges_after_a_look,
        a_rejudge_needs_no_javascript,
        hostile_packages_stay_text,
        setters_have_phones_too;
    hostile:
        hostile_text_stays_text,
        formulas_are_shown,
        statements_of_every_kind_are_shown;
);
