package token

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
)

// stockSize is how many private keys wait for pools that have none yet: two pools
// need four, one for each use. One more is in the hand of KeepStock.
const stockSize = 3

// KeepStock makes private keys ahead until ctx ends, so that the first request of a
// new pool does not wait for its keys. Without it, keys are made when they are
// needed. Call it once.
func (e *Engine) KeepStock(ctx context.Context) error {
	for ctx.Err() == nil {
		k, err := rsa.GenerateKey(rand.Reader, keyBits)
		if err != nil {
			return err
		}
		select {
		case e.stock <- k:
		case <-ctx.Done():
		}
	}
	return nil
}

// privateKey returns a new private key: from the stock, if there is one.
func (e *Engine) privateKey() (*rsa.PrivateKey, error) {
	select {
	case k := <-e.stock:
		return k, nil
	default:
		return rsa.GenerateKey(rand.Reader, keyBits)
	}
}
