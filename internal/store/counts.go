package store

import (
	"context"
	"sync"
	"time"

	"gatehouse/internal/directory/userpool"
)

// counts caches the number of users of large pools, which take long to count.
// The zero value is empty and ready for use.
type counts struct {
	mu   sync.Mutex
	last map[userpool.PoolID]count
}

// count is a number of users that may be returned until a time.
type count struct {
	users int
	until time.Time
}

const (
	smallPool = 10_000      // a pool of at most this many users is never cached
	countLife = time.Minute // how long the count of a larger pool is cached
)

// CountUsers implements [user.UserStore]. The number is exact for a pool of at
// most 10,000 users. For a larger pool it may be a minute old.
func (s *Store) CountUsers(ctx context.Context, pool userpool.PoolID) (int, error) {
	if n, ok := s.counts.get(pool); ok {
		return n, nil
	}
	n, err := s.countUsers(ctx, pool, smallPool+1)
	if err != nil || n <= smallPool {
		return n, err
	}
	n, err = s.countUsers(ctx, pool, 1<<40)
	if err == nil {
		s.counts.put(pool, n)
	}
	return n, err
}

// countUsers counts the users of a pool, and stops at limit.
func (s *Store) countUsers(ctx context.Context, pool userpool.PoolID, limit int) (int, error) {
	return load(ctx, s, nil, func(t *tx) (n int, err error) {
		err = t.eachRow(func(row scanner) error { return row.Scan(&n) },
			`SELECT COUNT(*) FROM (SELECT 1 FROM users WHERE pool_id = $1 LIMIT $2) AS the_first`, pool, limit)
		return n, err
	})
}

func (c *counts) get(pool userpool.PoolID) (int, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	last, ok := c.last[pool]
	return last.users, ok && time.Now().Before(last.until)
}

func (c *counts) put(pool userpool.PoolID, users int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last == nil {
		c.last = map[userpool.PoolID]count{}
	}
	c.last[pool] = count{users, time.Now().Add(countLife)}
}
