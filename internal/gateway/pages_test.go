package gateway

import (
	"testing"

	"gatehouse/internal/page/pagetest"
)

func TestPages(t *testing.T) { pagetest.Golden(t, Gallery()) }
