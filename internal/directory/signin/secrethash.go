package signin

import (
	"errors"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/userpool"
)

// CheckSecretHash checks a call's SECRET_HASH. Its errors are those of package
// userpool, with the texts of the sign-in calls.
func (e *Engine) CheckSecretHash(c *userpool.Client, name, hash string) error {
	err := e.pools.CheckSecretHash(c, name, seal.Secret(hash))
	switch {
	case errors.Is(err, userpool.ErrSecretMissing):
		return userpool.ErrSecretMissing.Saying("Client %s is configured with secret but SECRET_HASH was not received", c.ID)
	case errors.Is(err, userpool.ErrSecretMismatch):
		return userpool.ErrSecretMismatch.Saying("Unable to verify secret hash for client %s", c.ID)
	}
	return err
}
