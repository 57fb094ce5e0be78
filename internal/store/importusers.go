package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userimport"
)

// ImportUsers implements [userimport.RunStore].
func (s *Store) ImportUsers(ctx context.Context, from *userimport.Job, holder string, users []*user.User, conclude func(*userimport.Job, []error) string) (*userimport.Job, error) {
	var j *userimport.Job
	err := s.write(ctx, func(t *tx) (err error) {
		if j, err = queryOne(t, importJobFields, t.lock(importJobRows+`WHERE id = $1 AND pool_id = $2`), from.ID, from.Pool); err != nil {
			return err
		}
		if j.Holder != holder {
			return userimport.ErrLost
		}
		if j.Status == userimport.Stopping {
			return nil
		}
		refused := make([]error, len(users))
		for i, u := range users {
			if refused[i], err = t.importUser(u); err != nil {
				return err
			}
		}
		report := conclude(j, refused)
		if err := t.addImportReport(j, report); err != nil {
			return err
		}
		return t.saveImportJob(j)
	})
	if err != nil {
		return nil, translate(err, errNoRow, userimport.ErrJobNotFound)
	}
	return j, nil
}

// importUser saves a new user. refused says why the user can't be made; the
// transaction goes on then.
func (t *tx) importUser(u *user.User) (refused, err error) {
	if refused, err = t.nameTaken(u); refused != nil || err != nil {
		return refused, err
	}
	if err := t.insertUser(u); err != nil {
		return nil, err
	}
	clashes, err := t.insertNames(u, distinct(u.Keys))
	if err == nil && len(clashes) > 0 {
		err = errRace // another transaction added the name meanwhile
	}
	if err != nil {
		return nil, err
	}
	return nil, t.addSearch(u, u.Search)
}

// nameTaken returns the reason if u cannot have one of its names.
func (t *tx) nameTaken(u *user.User) (refused, err error) {
	keys := distinct(u.Keys)
	values := []any{u.Pool}
	for _, k := range keys {
		if len(k.Value) > maxIndexed {
			return ErrNameLength, nil
		}
		values = append(values, k.Value)
	}
	err = t.refuseSubsOfOthers(u, keys)
	if errors.Is(err, user.ErrUsernameExists) || errors.Is(err, user.ErrAliasExists) {
		return err, nil
	}
	if err != nil {
		return nil, err
	}
	taken, err := queryAll(t, nameFields, nameRows+`
		WHERE n.pool = `+poolNumber+` AND n.name IN (`+placeholders(2, len(keys))+`)`, values...)
	if err != nil || len(taken) == 0 {
		return nil, err
	}
	i := slices.IndexFunc(keys, func(k user.Key) bool {
		return slices.ContainsFunc(taken, func(n *nameRow) bool { return n.Value == k.Value })
	})
	return t.resolveClash(u, keys, &nameRow{Key: keys[i]}, false), nil
}

func (t *tx) addImportReport(j *userimport.Job, text string) error {
	if text == "" {
		return nil
	}
	_, err := t.exec(`INSERT INTO import_reports (job_id, line, added, text) VALUES ($1, $2, $3, $4)`, j.ID, j.Lines, j.Until, text)
	return err
}

type reportRow struct {
	text string
	line int64
}

// ImportReport implements [userimport.RunStore].
func (s *Store) ImportReport(ctx context.Context, id userimport.ID, after int64) (text string, last int64, err error) {
	r, err := load(ctx, s, nil, func(t *tx) (*reportRow, error) {
		return queryOne(t, func(r *reportRow) []any { return []any{&r.text, &r.line} },
			`SELECT text, line FROM import_reports WHERE job_id = $1 AND line > $2 ORDER BY line LIMIT 1`, id, after)
	})
	if errors.Is(err, errNoRow) {
		return "", 0, nil
	}
	if err != nil {
		return "", 0, err
	}
	return r.text, r.line, nil
}

func deleteImportReportsBefore(t *tx, before time.Time, limit int) (int64, error) {
	return t.exec(`DELETE FROM import_reports WHERE (job_id, line) IN
		(SELECT job_id, line FROM import_reports WHERE added < $1 LIMIT $2)`, before, limit)
}
