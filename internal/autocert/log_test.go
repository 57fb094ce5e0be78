package autocert

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"
)

func TestTheLogSaysInMillisecondsWhenThereIsAnotherTry(t *testing.T) {
	var out bytes.Buffer
	log := zap.New(&core{log: slog.New(slog.NewTextHandler(&out, nil))})
	log.Error("will retry", zap.Int("attempt", 1), zap.Duration("retrying_in", time.Minute))
	if want := `level=ERROR msg="certificates: will retry" attempt=1 retrying_in_ms=60000`; !strings.Contains(out.String(), want) {
		t.Errorf("got %s, want %s", out.String(), want)
	}
}
