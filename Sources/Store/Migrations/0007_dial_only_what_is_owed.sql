-- The last look before the customer is dialled: his job may have been closed since the claim, by what another
-- instance knew or what waited in a spool. Nothing is asked of a dial that is written already.
CREATE FUNCTION perezvon.require_owed(in_attempt uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM perezvon.jobs j JOIN perezvon.attempts a ON a.job = j.id
    WHERE a.id = in_attempt AND (j.state = 'working' OR a.customer_dialed_at IS NOT NULL) FOR NO KEY UPDATE OF j;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the callback is not owed any more' USING ERRCODE = 'PZ003';
  END IF;
END $$;
