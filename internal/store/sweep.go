package store

import (
	"context"
	"time"
)

// sweepBatch is how many rows of a table go away in one transaction: few
// enough that no other writer waits for long.
const sweepBatch = 500

// How long things are kept after they have ended.
const (
	// An engine tells what has expired from what never was, and an access
	// token lives up to a day, perhaps longer than the grant it comes from.
	keepTokens = 25 * time.Hour
	// No lock, and no window in which tries are counted, is longer.
	keepAttempts = 25 * time.Hour
	keepMessages = 7 * 24 * time.Hour
)

// batchDelete deletes at most limit rows that ended before a time, and says how many
// it found.
type batchDelete func(t *tx, before time.Time, limit int) (int64, error)

// Sweep deletes what has ended by now, in small transactions, until nothing is
// left or ctx ends. Every node may call it, at any time.
func (s *Store) Sweep(ctx context.Context, now time.Time) error {
	for _, sweep := range []struct {
		before time.Time
		delete batchDelete
	}{
		{now, codesBefore},
		{now, spentBefore},
		{now, gatewaySessionsBefore},
		{now.Add(-keepAttempts), attemptsBefore},
		{now.Add(-keepTokens), grantsBefore},
		{now.Add(-keepTokens), authCodesBefore},
		{now.Add(-keepTokens), browserSessionsBefore},
		{now.Add(-keepMessages), messagesBefore},
	} {
		for {
			n, err := s.deleteBatches(ctx, sweep.before, sweepBatch, sweep.delete)
			if err != nil {
				return err
			}
			if n < sweepBatch {
				break
			}
		}
	}
	return nil
}

// deleteBatches runs one batch of each, in one transaction.
func (s *Store) deleteBatches(ctx context.Context, before time.Time, limit int, batches ...batchDelete) (int, error) {
	var sum int64
	err := s.write(ctx, func(t *tx) error {
		sum = 0
		for _, batch := range batches {
			n, err := batch(t, before, limit)
			if err != nil {
				return err
			}
			sum += n
		}
		return nil
	})
	return int(sum), err
}
