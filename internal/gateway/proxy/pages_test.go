package proxy

import (
	"testing"

	"gatehouse/internal/base/page/pagetest"
)

func TestPages(t *testing.T) { pagetest.Golden(t, Gallery()) }
