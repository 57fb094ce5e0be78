package server

import (
	"context"
	"time"

	"gatehouse/internal/config"
	"gatehouse/internal/gateway/secretfile"
)

// lookEvery is how often the files of the routes' secrets are looked at.
const lookEvery = time.Second

// lentBy returns a reader for the secrets of a configuration.
func (g *gatewayPart) lentBy(c *config.Config) *secretfile.Reader {
	cfg := secretfile.Config{Now: g.options.Now, Log: g.options.Log}
	for _, f := range c.SecretFiles() {
		cfg.Bindings = append(cfg.Bindings, secretfile.Binding{Name: f.Name, Path: f.Path, Field: f.Field, Grace: f.Grace})
	}
	return secretfile.New(cfg, g.lent.Load())
}

// followSecrets reads the secrets of the routes again and again.
func (g *gatewayPart) followSecrets(ctx context.Context) {
	every(ctx, lookEvery, func() { g.lent.Load().Look() })
}
