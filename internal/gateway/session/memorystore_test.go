package session_test

import (
	"testing"

	"gatehouse/internal/gateway/session"
	"gatehouse/internal/store/storetest"
)

func TestMemoryStore(t *testing.T) { storetest.RunSessions(t, &session.MemoryStore{}) }
