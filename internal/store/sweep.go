package store

import (
	"context"
	"time"

	"gatehouse/internal/directory/risk"
	"gatehouse/internal/directory/userpool"
)

// sweepBatch is the maximum number of rows that one transaction deletes. It is
// small, so that other writers do not wait long.
const sweepBatch = 500

// How long rows are kept after they have expired.
const (
	// An expired token gets another error than an unknown token. An access token
	// is valid for up to a day, perhaps longer than its grant.
	keepTokens = 25 * time.Hour
	// A node whose clock is slow still takes a ticket that has expired here. It
	// must find that the ticket was used.
	keepSpent = time.Hour
	// Longer than every lock and every period in which wrong guesses count.
	keepAttempts = 25 * time.Hour
	keepMessages = 7 * 24 * time.Hour
	// A job that nobody starts expires after a day.
	keepImportFiles   = 25 * time.Hour
	keepImportReports = 90 * 24 * time.Hour
)

// batchDelete deletes at most limit rows that expired before a time. It returns
// the number of deleted rows.
type batchDelete func(t *tx, before time.Time, limit int) (int64, error)

// Sweep deletes expired rows in small transactions, until none is left or ctx
// ends. Every node may call it at any time. It returns an error, too, if what is
// written would be lost.
func (s *Store) Sweep(ctx context.Context, now time.Time) error {
	if err := s.engine.intact(); err != nil {
		return err
	}
	for _, sweep := range []struct {
		before time.Time
		delete batchDelete
	}{
		{now, deleteCodesBefore},
		{now.Add(-keepSpent), deleteSpentBefore},
		{now, deleteGatewaySessionsBefore},
		{now, deletePagesBefore},
		{now, deleteOldSessionChanges},
		{now.Add(-keepAttempts), deleteAttemptsBefore},
		{now, deleteUnknownAttempts(s.maxUnknown)},
		{now.Add(-keepTokens), deleteGrantsBefore},
		{now.Add(-keepTokens), deleteAuthCodesBefore},
		{now.Add(-keepTokens), deleteBrowserSessionsBefore},
		{now.Add(-keepMessages), deleteMessagesBefore},
		{now.Add(-keepSpent), deleteRateDemandsBefore},
		{now.Add(-keepImportFiles), deleteImportChunksBefore},
		{now.Add(-keepImportReports), deleteImportReportsBefore},
		{now.Add(-risk.EventAge), deleteEventsBefore},
		{now.Add(-userpool.UntriedLife), deleteUntriedBefore},
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

// deleteBatches runs each of the batches once, all in one transaction. It
// returns the number of deleted rows.
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
