package token_test

import (
	"context"
	"testing"

	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/gatetest/enginetest"
)

// The keys of a new pool come from the stock: the test gives it keys of its own.
func TestFirstKeysComeFromTheStock(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	ahead := d.Tokens.FillStock(t, 2)
	first, second := d.AddPool("us-east-1_Fresh0001"), d.AddPool("us-east-1_Fresh0002")
	if got := published(t, d.Tokens, first); len(got) != 2 || !ahead[got[0]] || !ahead[got[1]] || got[0] == got[1] {
		t.Errorf("the first pool has the keys %q, want those of the stock", got)
	}
	for _, kid := range published(t, d.Tokens, second) { // the stock is empty
		if ahead[kid] {
			t.Errorf("two pools have the key %s", kid)
		}
	}
}

func TestStockIsFilledUntilTheProcessEnds(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- d.Tokens.KeepStock(ctx) }()
	d.Tokens.TakeFromStock()
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
