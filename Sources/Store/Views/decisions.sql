CREATE VIEW report.decisions AS
SELECT at, number, job, decision, reason, id FROM perezvon.decisions;
