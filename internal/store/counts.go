package store

import (
	"context"
	"sync"
	"time"

	"gatehouse/internal/directory/userpool"
)

// counts remembers the sizes of large pools, which take long to count.
type counts struct {
	mu   sync.Mutex
	last map[userpool.PoolID]count
}

type count struct {
	users int
	until time.Time
}

const (
	smallPool = 10_000      // is counted each time
	countLife = time.Minute // of a larger one
)

// CountUsers implements [user.UserStore]. It is exact for small pools.
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

func (s *Store) countUsers(ctx context.Context, pool userpool.PoolID, limit int) (int, error) {
	var n int
	return n, s.read(ctx, func(t *tx) error {
		return t.each(func(row scanner) error { return row.Scan(&n) },
			`SELECT COUNT(*) FROM (SELECT 1 FROM users WHERE pool_id = $1 LIMIT $2) AS the_first`, pool, limit)
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
