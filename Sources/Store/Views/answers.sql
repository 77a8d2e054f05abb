-- Message mode. `contact` is null where the call was no list's.
CREATE VIEW report.answers AS
SELECT j.contact, w.question, w.answer, w.at, a.campaign, a.number, w.attempt, a.job, c.key
FROM perezvon.answers w
JOIN perezvon.attempts a ON a.id = w.attempt
JOIN perezvon.jobs j ON j.id = a.job
LEFT JOIN perezvon.contacts c ON c.id = j.contact;
