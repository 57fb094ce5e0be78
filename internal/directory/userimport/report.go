package userimport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// count adds what became of some lines to the job, and returns the report of them.
// refused has an error, or nil, for each row with a user.
func (j *Job) count(p *userpool.Pool, rows []row, refused []error) (report string) {
	var text strings.Builder
	for _, r := range rows {
		err := r.fault
		if r.user != nil {
			err, refused = user.NameClash(p, refused[0]), refused[1:]
		}
		outcome, reason := j.countOne(err)
		fmt.Fprintf(&text, "[%s] Line Number %d - %s\n", outcome, r.number, reason)
	}
	return text.String()
}

// countOne counts a line and returns what the report says of it. Cognito: "Viewing
// the user pool import results". Like Cognito's, the report has no value of a user.
func (j *Job) countOne(err error) (outcome, reason string) {
	switch {
	case err == nil:
		j.Imported++
		return "SUCCEEDED", "The import succeeded."
	case errors.Is(err, user.ErrUsernameExists):
		j.Skipped++
		return "SKIPPED", "The user already exists."
	}
	j.Failed++
	return "FAILED", reasonOf(err)
}

// reasonOf returns the text of a fault in one line.
func reasonOf(err error) string {
	f := fault.As(err)
	if f == nil || f.Kind == fault.Internal {
		return "The user could not be imported because of an internal error."
	}
	return strings.Join(strings.Fields(f.Message), " ")
}

// Report writes what became of each line of a job's file, and returns how many bytes
// it wrote: 0 if there is no report of such a job.
func (e *Engine) Report(ctx context.Context, id ID, w io.Writer) (written int64, err error) {
	for line := int64(0); ; {
		text, last, err := e.store.ImportReport(ctx, id, line)
		if err != nil || text == "" {
			return written, err
		}
		n, err := io.WriteString(w, text)
		written, line = written+int64(n), last
		if err != nil {
			return written, err
		}
	}
}
