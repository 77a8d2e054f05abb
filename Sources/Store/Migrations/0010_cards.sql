-- Preview: the agent is shown the customer's card before anybody is rung. Whoever drives the PBX takes back a card whose
-- time is over, or that another life of the service has offered.
ALTER TABLE perezvon.attempts
  ADD COLUMN card_offered_at timestamptz,
  ADD COLUMN card_until timestamptz,
  ADD COLUMN card_accepted_at timestamptz,
  ADD CONSTRAINT attempts_card CHECK ((card_offered_at IS NULL) = (card_until IS NULL)
    AND (card_accepted_at IS NULL OR card_offered_at IS NOT NULL)
    AND (phase <> 'card' OR card_offered_at IS NOT NULL)),
  DROP CONSTRAINT attempts_phase_check,
  ADD CONSTRAINT attempts_phase_check CHECK (phase IN ('agent', 'card', 'customer', 'connected', 'wrap_up', 'ended'));
