package store

import (
	"context"
	"maps"
	"slices"
	"time"
)

// categoryRow is a number of one category of requests.
type categoryRow struct {
	category string
	n        int
}

func categoryFields(r *categoryRow) []any { return []any{&r.category, &r.n} }

// categories runs a query for pairs of a category and a number.
func (t *tx) categories(query string, args ...any) (map[string]int, error) {
	rows, err := queryAll(t, categoryFields, query, args...)
	if err != nil {
		return nil, err
	}
	by := map[string]int{}
	for _, r := range rows {
		by[r.category] = r.n
	}
	return by, nil
}

// ProvisionedLimits implements [ratelimit.Store].
func (s *Store) ProvisionedLimits(ctx context.Context) (map[string]int, error) {
	return load(ctx, s, nil, func(t *tx) (map[string]int, error) {
		return t.categories(`SELECT category, value FROM provisioned_limits`)
	})
}

// ProvisionLimit implements [ratelimit.Store].
func (s *Store) ProvisionLimit(ctx context.Context, category string, value int) error {
	return s.write(ctx, func(t *tx) error {
		_, err := t.exec(`INSERT INTO provisioned_limits (category, value) VALUES ($1, $2)
			ON CONFLICT (category) DO UPDATE SET value = excluded.value`, category, value)
		return err
	})
}

// ShareDemand implements [ratelimit.Store].
func (s *Store) ShareDemand(ctx context.Context, node string, demand map[string]int, now, since time.Time) (total map[string]int, err error) {
	err = s.write(ctx, func(t *tx) error {
		for _, category := range slices.Sorted(maps.Keys(demand)) {
			if _, err := t.exec(`INSERT INTO rate_demands (node, category, demand, shared) VALUES ($1, $2, $3, $4)
				ON CONFLICT (node, category) DO UPDATE SET demand = excluded.demand, shared = excluded.shared`, node, category, demand[category], now); err != nil {
				return err
			}
		}
		total, err = t.categories(`SELECT category, CAST(SUM(demand) AS BIGINT) FROM rate_demands WHERE shared > $1 AND shared < $2 GROUP BY category`, since, now.Add(now.Sub(since)))
		return err
	})
	return total, err
}

func deleteRateDemandsBefore(t *tx, before time.Time, limit int) (int64, error) {
	return t.exec(`DELETE FROM rate_demands WHERE (node, category) IN
		(SELECT node, category FROM rate_demands WHERE shared < $1 LIMIT $2)`, before, limit)
}
