package server_test

import (
	"testing"

	"gatehouse/internal/base/page/pagetest"
	"gatehouse/internal/server"
)

func TestGolden(t *testing.T) { pagetest.Golden(t, server.Gallery()) }
