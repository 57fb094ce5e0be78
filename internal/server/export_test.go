package server

import (
	"context"

	"gatehouse/internal/directory/userpool"
)

// LearnDomains does at once what a node does every second.
func (s *Server) LearnDomains(ctx context.Context) error { return s.directory.pools.LearnDomains(ctx) }

// Pools returns the engine that the API calls.
func (s *Server) Pools() *userpool.Engine { return s.directory.pools }
