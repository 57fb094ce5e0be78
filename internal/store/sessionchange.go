package store

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"time"

	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/gateway/session"
)

// The gateway's sessions follow the users of our own pools. A transaction that
// ends a sign-in, or changes what tokens say about a user, tells the sessions in
// the same transaction: if it commits, no session of that user lives on.
//
//	updateUser, revoke, …  ─ tell ─▶ told ─ end of the transaction ─▶ gateway_sessions
//	                                                              └─▶ session_changes ─▶ memory of each node

// telling returns the work of a transaction that ends with what f told the
// sessions. That comes last because it holds the row of the marks until the
// commit: no other row is locked after it.
func (s *Store) telling(f func(*tx) error) func(*tx) error {
	return func(t *tx) error {
		t.issuer = s.issuer
		if err := f(t); err != nil {
			return err
		}
		return t.tellAll()
	}
}

// tell says, at the end of the transaction, that the sessions of a scope ended
// or that the provider's word on their people changed.
func (t *tx) tell(scope session.Scope, ended bool) {
	c := session.Change{Scope: scope, Ended: ended}
	if !slices.Contains(t.told, c) {
		t.told = append(t.told, c)
	}
}

// tellUser is tell for the sessions of a user.
func (t *tx) tellUser(pool userpool.PoolID, sub user.Sub, ended bool) error {
	issuer, err := t.issuerOf(pool)
	if issuer != "" {
		t.tell(session.Scope{Origin: session.Origin{Issuer: issuer, Subject: string(sub)}}, ended)
	}
	return err
}

// tellPool is tell for the sessions of all users of a pool.
func (t *tx) tellPool(pool userpool.PoolID, ended bool) error {
	issuer, err := t.issuerOf(pool)
	if issuer != "" {
		t.tell(session.Scope{Origin: session.Origin{Issuer: issuer}}, ended)
	}
	return err
}

// tellUpdate is tell for a change of a user. Disabling ends the sessions, and so
// do a password that must be reset and the end of tokens or browser sessions.
func (t *tx) tellUpdate(before, after *user.User, ends user.Ends) error {
	ended := ends.Tokens || ends.Browsers || before.Enabled && !after.Enabled ||
		before.Status != user.ResetRequired && after.Status == user.ResetRequired
	if !ended && maps.Equal(before.Attributes, after.Attributes) {
		return nil
	}
	return t.tellUser(after.Pool, after.Sub, ended)
}

// issuerOf returns the issuer of a pool's tokens, or "" if no session can be of
// that pool.
func (t *tx) issuerOf(pool userpool.PoolID) (string, error) {
	if t.issuer == nil {
		return "", nil
	}
	p, err := queryOne(t, poolFields, `SELECT `+poolColumns+`
		FROM pools WHERE id = $1`, pool)
	if errors.Is(err, errNoRow) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return t.issuer(p), nil
}

func (t *tx) tellAll() error {
	for _, c := range t.told {
		if err := t.record(c); err != nil {
			return err
		}
	}
	return nil
}

// record gives a change its mark, saves it, and applies it to the sessions.
func (t *tx) record(c session.Change) error {
	mark, err := t.nextMark()
	if err != nil {
		return err
	}
	c.Mark = mark
	if _, err := t.exec(`INSERT INTO session_changes (mark, id, issuer, subject, provider_session, ended)
		VALUES ($1, $2, $3, $4, $5, $6)`, sessionChangeFields(&c)...); err != nil {
		return err
	}
	where, args := inScope(c.Scope)
	if c.Ended {
		_, err = t.exec(`DELETE FROM gateway_sessions WHERE `+where, args...)
		return err
	}
	_, err = t.exec(`UPDATE gateway_sessions SET changed = $`+strconv.Itoa(len(args)+1)+` WHERE `+where, append(args, mark)...)
	return err
}

// sessionsIn returns how many sessions a scope has.
func (t *tx) sessionsIn(scope session.Scope) (n int, err error) {
	where, args := inScope(scope)
	err = t.eachRow(func(row scanner) error { return row.Scan(&n) }, `SELECT COUNT(*) FROM gateway_sessions WHERE `+where, args...)
	return n, err
}

// inScope returns a condition on gateway_sessions, and its arguments. The text
// depends only on which fields are set, so that each has its plan.
func inScope(c session.Scope) (where string, args []any) {
	if c.Everyone {
		return "1 = 1", nil
	}
	where = "1 = 1"
	for _, is := range []struct{ column, value string }{
		{"id", string(c.ID)}, {"issuer", c.Issuer}, {"subject", c.Subject}, {"provider_session", c.ProviderSession},
	} {
		if is.value != "" {
			args = append(args, is.value)
			where += " AND " + is.column + " = $" + strconv.Itoa(len(args))
		}
	}
	if c.Empty() {
		return "1 = 0", nil
	}
	return where, args
}

func sessionChangeFields(c *session.Change) []any {
	return []any{&c.Mark, &c.Scope.ID, &c.Scope.Issuer, &c.Scope.Subject, &c.Scope.ProviderSession, &c.Ended}
}

// lockMark makes other changes wait for the end of this transaction.
func (t *tx) lockMark() error {
	_, err := t.exists(t.lock(`SELECT mark FROM session_mark`))
	return err
}

// nextMark returns the next mark, and makes other changes wait for the end of
// this transaction. So marks are committed in their order.
func (t *tx) nextMark() (session.Mark, error) {
	return t.scanMark(`UPDATE session_mark SET mark = mark + 1 RETURNING mark`)
}

func (t *tx) lastMark() (session.Mark, error) { return t.scanMark(`SELECT mark FROM session_mark`) }

func (t *tx) scanMark(query string) (mark session.Mark, err error) {
	err = t.eachRow(func(row scanner) error { return row.Scan(&mark) }, query)
	return mark, err
}

// LastMark implements [session.Store].
func (s *Store) LastMark(ctx context.Context) (session.Mark, error) {
	return load(ctx, s, nil, (*tx).lastMark)
}

// maxChanges is how many changes one call of Changes returns.
const maxChanges = 1000

// Changes implements [session.Store]. All changes up to the last mark are
// committed, because marks are committed in their order.
func (s *Store) Changes(ctx context.Context, after session.Mark) ([]session.Change, error) {
	return load(ctx, s, nil, func(t *tx) ([]session.Change, error) {
		last, err := t.lastMark()
		if err != nil || last == after {
			return nil, err
		}
		if last < after || last-after > maxChanges { // an older database was restored, or the node slept
			return nil, session.ErrTooFarBehind
		}
		list, err := t.changes(`SELECT mark, id, issuer, subject, provider_session, ended
			FROM session_changes WHERE mark > $1 AND mark <= $2 ORDER BY mark`, after, last)
		if err == nil && len(list) != int(last-after) {
			err = session.ErrTooFarBehind // the sweep deleted some
		}
		return list, err
	})
}

// changesOf returns the changes after a mark that may concern sessions of an
// origin. The caller holds the row of the marks.
func (t *tx) changesOf(o session.Origin, after session.Mark) ([]session.Change, error) {
	last, err := t.lastMark()
	if err != nil || last == after {
		return nil, err
	}
	known, err := t.exists(`SELECT 1 FROM session_changes WHERE mark = $1`, after+1)
	if err == nil && !known {
		err = session.ErrTooFarBehind
	}
	if err != nil {
		return nil, err
	}
	return t.changes(`SELECT mark, id, issuer, subject, provider_session, ended FROM session_changes
		WHERE mark > $1 AND issuer IN ('', $2) AND subject IN ('', $3) ORDER BY mark`, after, o.Issuer, o.Subject)
}

func (t *tx) changes(query string, args ...any) ([]session.Change, error) {
	var list []session.Change
	err := t.eachRow(func(row scanner) error {
		var c session.Change
		err := row.Scan(sessionChangeFields(&c)...)
		c.Scope.Everyone = c.Scope == session.Scope{}
		list = append(list, c)
		return err
	}, query, args...)
	return list, err
}

// keepChanges is how many changes are kept for nodes that were away. A node that
// missed more forgets all sessions that it has in memory.
const keepChanges = 100_000

func deleteOldSessionChanges(t *tx, _ time.Time, limit int) (int64, error) {
	return t.exec(`DELETE FROM session_changes WHERE mark IN
		(SELECT c.mark FROM session_changes c, session_mark m WHERE c.mark <= m.mark - $1 ORDER BY c.mark LIMIT $2)`, keepChanges, limit)
}
