#include "CAssets.h"

// #embed is C23; clang 21 has it in every mode and warns outside of C23.
#pragma clang diagnostic ignored "-Wc23-extensions"

#define SQL(identifier) static const unsigned char identifier[]
#define ENTRY(name, identifier) {name, identifier, sizeof identifier - 1}

SQL(books) = {
#embed "../Store/Migrations/0001_books.sql"
    , 0};
SQL(leases) = {
#embed "../Store/Migrations/0002_leases.sql"
    , 0};
SQL(queue_log) = {
#embed "../Store/Migrations/0003_queue_log.sql"
    , 0};

SQL(import_erasure_retention) = {
#embed "../Store/Migrations/0004_import_erasure_retention.sql"
    , 0};
SQL(queue_log_table) = {
#embed "../Store/Migrations/0005_queue_log_table.sql"
    , 0};

SQL(cel) = {
#embed "../Store/Migrations/0006_cel.sql"
    , 0};

SQL(dial_only_what_is_owed) = {
#embed "../Store/Migrations/0007_dial_only_what_is_owed.sql"
    , 0};

SQL(contacts) = {
#embed "../Store/Migrations/0008_contacts.sql"
    , 0};

SQL(courses) = {
#embed "../Store/Migrations/0009_courses.sql"
    , 0};

SQL(cards) = {
#embed "../Store/Migrations/0010_cards.sql"
    , 0};

SQL(routing) = {
#embed "../Store/Migrations/0011_routing.sql"
    , 0};

SQL(notify) = {
#embed "../Store/Migrations/0012_notify.sql"
    , 0};

SQL(api) = {
#embed "../Store/Migrations/0013_api.sql"
    , 0};

SQL(restores) = {
#embed "../Store/Migrations/0014_restores.sql"
    , 0};

SQL(jobs_line) = {
#embed "../Store/Migrations/0015_jobs_line.sql"
    , 0};

SQL(words) = {
#embed "../Store/Migrations/0016_words.sql"
    , 0};

SQL(draws) = {
#embed "../Store/Migrations/0017_draws.sql"
    , 0};

SQL(view_calls) = {
#embed "../Store/Views/calls.sql"
    , 0};
SQL(view_missed_calls) = {
#embed "../Store/Views/missed_calls.sql"
    , 0};
SQL(view_jobs) = {
#embed "../Store/Views/jobs.sql"
    , 0};
SQL(view_attempts) = {
#embed "../Store/Views/attempts.sql"
    , 0};
SQL(view_decisions) = {
#embed "../Store/Views/decisions.sql"
    , 0};
SQL(view_queue_hours) = {
#embed "../Store/Views/queue_hours.sql"
    , 0};
SQL(view_loss_points) = {
#embed "../Store/Views/loss_points.sql"
    , 0};
SQL(view_recovery) = {
#embed "../Store/Views/recovery.sql"
    , 0};

SQL(view_contacts) = {
#embed "../Store/Views/contacts.sql"
    , 0};
SQL(view_answers) = {
#embed "../Store/Views/answers.sql"
    , 0};
SQL(view_drops) = {
#embed "../Store/Views/drops.sql"
    , 0};
SQL(view_promises) = {
#embed "../Store/Views/promises.sql"
    , 0};
SQL(view_compliance) = {
#embed "../Store/Views/compliance.sql"
    , 0};

SQL(view_agents) = {
#embed "../Store/Views/agents.sql"
    , 0};
SQL(view_losses) = {
#embed "../Store/Views/losses.sql"
    , 0};

SQL(view_tasks) = {
#embed "../Store/Views/tasks.sql"
    , 0};
SQL(view_task_people) = {
#embed "../Store/Views/task_people.sql"
    , 0};

static const struct perezvon_asset migrations[] = {
    ENTRY("0001_books", books),
    ENTRY("0002_leases", leases),
    ENTRY("0003_queue_log", queue_log),
    ENTRY("0004_import_erasure_retention", import_erasure_retention),
    ENTRY("0005_queue_log_table", queue_log_table),
    ENTRY("0006_cel", cel),
    ENTRY("0007_dial_only_what_is_owed", dial_only_what_is_owed),
    ENTRY("0008_contacts", contacts),
    ENTRY("0009_courses", courses),
    ENTRY("0010_cards", cards),
    ENTRY("0011_routing", routing),
    ENTRY("0012_notify", notify),
    ENTRY("0013_api", api),
    ENTRY("0014_restores", restores),
    ENTRY("0015_jobs_line", jobs_line),
    ENTRY("0016_words", words),
    ENTRY("0017_draws", draws),
};

static const struct perezvon_asset views[] = {
    ENTRY("calls", view_calls),
    ENTRY("missed_calls", view_missed_calls),
    ENTRY("jobs", view_jobs),
    ENTRY("attempts", view_attempts),
    ENTRY("decisions", view_decisions),
    ENTRY("queue_hours", view_queue_hours),
    ENTRY("loss_points", view_loss_points),
    ENTRY("recovery", view_recovery),
    ENTRY("contacts", view_contacts),
    ENTRY("answers", view_answers),
    ENTRY("drops", view_drops),
    ENTRY("compliance", view_compliance),
    ENTRY("agents", view_agents),
    ENTRY("losses", view_losses),
    ENTRY("promises", view_promises),
    ENTRY("tasks", view_tasks),
    ENTRY("task_people", view_task_people),
};

const struct perezvon_asset *perezvon_migrations(size_t *count) {
  *count = sizeof migrations / sizeof *migrations;
  return migrations;
}

const struct perezvon_asset *perezvon_views(size_t *count) {
  *count = sizeof views / sizeof *views;
  return views;
}
