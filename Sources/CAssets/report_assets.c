#include "CAssets.h"

// The SQL of the reports. #embed is C23; clang 21 has it in every mode and warns outside of C23.
#pragma clang diagnostic ignored "-Wc23-extensions"

#define SQL(identifier) static const unsigned char identifier[]
#define ENTRY(name) {#name, name, sizeof name - 1}

SQL(agents) = {
#embed "../Store/Reports/agents.sql"
    , 0};
SQL(attempts) = {
#embed "../Store/Reports/attempts.sql"
    , 0};
SQL(calls) = {
#embed "../Store/Reports/calls.sql"
    , 0};
SQL(drops) = {
#embed "../Store/Reports/drops.sql"
    , 0};
SQL(hold_out) = {
#embed "../Store/Reports/hold_out.sql"
    , 0};
SQL(hours) = {
#embed "../Store/Reports/hours.sql"
    , 0};
SQL(jobs) = {
#embed "../Store/Reports/jobs.sql"
    , 0};
SQL(losses_cut) = {
#embed "../Store/Reports/losses_cut.sql"
    , 0};
SQL(losses_summary) = {
#embed "../Store/Reports/losses_summary.sql"
    , 0};
SQL(missed_calls) = {
#embed "../Store/Reports/missed_calls.sql"
    , 0};
SQL(queues) = {
#embed "../Store/Reports/queues.sql"
    , 0};
SQL(recovery) = {
#embed "../Store/Reports/recovery.sql"
    , 0};
SQL(self_return) = {
#embed "../Store/Reports/self_return.sql"
    , 0};
SQL(tasks) = {
#embed "../Store/Reports/tasks.sql"
    , 0};
SQL(waits) = {
#embed "../Store/Reports/waits.sql"
    , 0};

static const struct perezvon_asset reports[] = {
    ENTRY(agents),
    ENTRY(attempts),
    ENTRY(calls),
    ENTRY(drops),
    ENTRY(hold_out),
    ENTRY(hours),
    ENTRY(jobs),
    ENTRY(losses_cut),
    ENTRY(losses_summary),
    ENTRY(missed_calls),
    ENTRY(queues),
    ENTRY(recovery),
    ENTRY(self_return),
    ENTRY(tasks),
    ENTRY(waits),
};

const struct perezvon_asset *perezvon_reports(size_t *count) {
  *count = sizeof reports / sizeof *reports;
  return reports;
}
