package userimport_test

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/userimport"
	"gatehouse/internal/directory/userpool"
	"gatehouse/internal/testing/forge"
	"gatehouse/internal/testing/gatetest/enginetest"
)

func TestHeader(t *testing.T) {
	d := enginetest.New(t, userpool.Settings{Schema: []userpool.Attribute{{Name: "custom:a", Type: userpool.TypeString}}})
	want := "name,given_name,family_name,middle_name,nickname,preferred_username,profile,picture,website,email,email_verified,gender,birthdate,zoneinfo,locale," +
		"phone_number,phone_number_verified,address,updated_at,custom:a,cognito:mfa_enabled,cognito:username"
	if got := header(d.Pool); got != want {
		t.Errorf("Header = %s, want %s", got, want)
	}
}

func TestStates(t *testing.T) {
	d := enginetest.New(t, verifiesEmail)
	start := func(j *userimport.Job) error { _, err := d.Imports.Start(t.Context(), j.Pool, j.ID); return err }
	stop := func(j *userimport.Job) error { _, err := d.Imports.Stop(t.Context(), j.Pool, j.ID); return err }
	idle := func(want error) {
		t.Helper()
		wantErr(t, "CheckIdle", d.Imports.CheckIdle(t.Context(), d.Pool.ID), want)
	}
	j, err := d.Imports.Create(t.Context(), d.Pool, "staff", "arn", userimport.NoHashes)
	if err != nil {
		t.Fatal(err)
	}
	wantErr(t, "Start without a file", start(j), userimport.ErrNoFile)
	wantErr(t, "Stop of a job that was not started", stop(j), userimport.ErrJobState)
	wantErr(t, "Upload", upload(t, d, j, people(d.Pool, 1)), nil)
	idle(nil)
	wantErr(t, "Start", start(j), nil)
	idle(userimport.ErrInProgress)
	wantErr(t, "Start again", start(j), userimport.ErrJobState)
	wantErr(t, "Upload for a job that was started", upload(t, d, j, "x"), userimport.ErrJobState)
	wantErr(t, "Stop", stop(j), nil)
	idle(userimport.ErrInProgress)
	wantErr(t, "Stop again", stop(j), userimport.ErrJobState)
	work(t, d, d.Imports, j)
	idle(nil)
	wantErr(t, "Start of a job that has ended", start(j), userimport.ErrJobState)
	wantErr(t, "Stop of a job that has ended", stop(j), userimport.ErrJobState)

	late := given(t, d, people(d.Pool, 1))
	d.Advance(24*time.Hour - 1)
	wantSaid(t, now(t, d, late), "Created 0 0 0 ")
	d.Advance(1)
	wantSaid(t, now(t, d, late), "Expired 0 0 0 The user import job has expired.")
	wantErr(t, "Start of a job that has expired", start(late), userimport.ErrJobState)
	wantErr(t, "Stop of a job that has expired", stop(late), userimport.ErrJobState)
	none := &userimport.Job{ID: "import-none", Pool: d.Pool.ID}
	wantErr(t, "Start of no job", start(none), userimport.ErrJobNotFound)
	wantErr(t, "Stop of no job", stop(none), userimport.ErrJobNotFound)
	wantCount(t, d, 0)
}

func TestUpload(t *testing.T) {
	d, h := enginetest.New(t, verifiesEmail), &hooked{}
	d.Imports = node(d, h)
	j := given(t, d, people(d.Pool, 1))
	first := now(t, d, j).File
	link, err := d.Imports.Link(j)
	if err != nil {
		t.Fatal(err)
	}
	other := given(t, d, "x")
	foreign, err := d.Imports.Link(other)
	if err != nil {
		t.Fatal(err)
	}
	put := func(pool userpool.PoolID, id userimport.ID, link seal.Secret, body io.Reader) error {
		return d.Imports.Upload(t.Context(), pool, id, link, body)
	}
	broken := errors.New("broken")
	wantChunks := func(want int) {
		t.Helper()
		if h.chunks != want {
			t.Errorf("%d chunks are kept, want %d", h.chunks, want)
		}
	}
	d.Imports.Limit(3*userimport.ChunkSize, 10)
	for what, c := range map[string]struct{ got, want error }{
		"no link":          {put(j.Pool, j.ID, "", strings.NewReader("y")), userimport.ErrLink},
		"forged":           {put(j.Pool, j.ID, seal.Secret(forge.Text(link.Reveal())), strings.NewReader("y")), userimport.ErrLink},
		"of another job":   {put(j.Pool, j.ID, foreign, strings.NewReader("y")), userimport.ErrLink},
		"for another pool": {put("us-east-1_Other0000", j.ID, link, strings.NewReader("y")), userimport.ErrLink},
		"too large":        {put(j.Pool, j.ID, link, strings.NewReader(strings.Repeat("x", 3*userimport.ChunkSize+1))), userimport.ErrTooLarge},
		"cut": {put(j.Pool, j.ID, link, io.MultiReader(strings.NewReader(strings.Repeat("x", userimport.ChunkSize+1)),
			iotest.ErrReader(broken))), broken},
	} {
		wantErr(t, "Upload "+what, c.got, c.want)
	}
	if got := now(t, d, j); got.File != first || got.Size != int64(len(people(d.Pool, 1))) {
		t.Errorf("the job has the file %s of %d bytes, want its first one", got.File, got.Size)
	}
	wantChunks(2)
	wantErr(t, "Upload of the largest file", put(j.Pool, j.ID, link, strings.NewReader(strings.Repeat("x", 3*userimport.ChunkSize))), nil)
	wantChunks(4) // the first one is gone
	wantErr(t, "Upload again", put(j.Pool, j.ID, link, iotest.OneByteReader(strings.NewReader(people(d.Pool, 2)))), nil)
	wantChunks(2)
	if _, err := d.Imports.Start(t.Context(), j.Pool, j.ID); err != nil {
		t.Fatal(err)
	}
	wantSaid(t, work(t, d, d.Imports, j), "Succeeded 2 0 0 Import Job Completed Successfully.")
	wantChunks(1) // the file of an ended job is gone

	d.Advance(15 * time.Minute)
	wantErr(t, "Upload after a quarter of an hour", put(other.Pool, other.ID, foreign, strings.NewReader("y")), userimport.ErrLinkExpired)
}

// The answer to a commit can be lost. A file that the job may name must stay.
func TestUploadWhoseEndIsUnknown(t *testing.T) {
	lost, down := errors.New("the answer was lost"), errors.New("the database is down")
	const yes, no = "Succeeded 2 0 0 Import Job Completed Successfully.", "Succeeded 1 0 0 Import Job Completed Successfully."
	for name, c := range map[string]struct {
		saved, down bool
		want        error
		chunks      int
		said        string
	}{
		"saved":                          {true, false, nil, 1, yes},
		"not saved":                      {false, false, lost, 1, no},
		"saved, and nothing can be read": {true, true, lost, 2, yes},
		"not saved, and nothing can be":  {false, true, lost, 2, no},
	} {
		t.Run(name, func(t *testing.T) {
			d, h := enginetest.New(t, verifiesEmail), &hooked{}
			d.Imports = node(d, h)
			j := given(t, d, people(d.Pool, 1))
			calls := 0
			h.update = func(change func() (*userimport.Job, error)) (*userimport.Job, error) {
				calls++
				switch {
				case calls > 1 && c.down:
					return nil, down
				case calls > 1:
					return change()
				case c.saved:
					if _, err := change(); err != nil {
						t.Fatal(err)
					}
				}
				return nil, lost
			}
			wantErr(t, "Upload", upload(t, d, j, people(d.Pool, 2)), c.want)
			if h.chunks != c.chunks {
				t.Errorf("%d chunks are kept, want %d", h.chunks, c.chunks)
			}
			h.update = nil
			if _, err := d.Imports.Start(t.Context(), j.Pool, j.ID); err != nil {
				t.Fatal(err)
			}
			wantSaid(t, work(t, d, d.Imports, j), c.said)
		})
	}
}

func TestList(t *testing.T) {
	d := enginetest.New(t, verifiesEmail)
	var want []userimport.ID
	for range 5 {
		j, err := d.Imports.Create(t.Context(), d.Pool, "staff", "arn", userimport.NoHashes)
		if err != nil {
			t.Fatal(err)
		}
		want = append([]userimport.ID{j.ID}, want...)
		d.Advance(time.Second)
	}
	for size := 1; size <= 6; size++ {
		var got []userimport.ID
		for after := ""; ; {
			page, next, err := d.Imports.List(t.Context(), d.Pool.ID, after, size)
			if err != nil {
				t.Fatal(err)
			}
			for _, j := range page {
				got = append(got, j.ID)
			}
			if after = next; next == "" {
				break
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("List in pages of %d = %v, want %v", size, got, want)
		}
	}
	for _, after := range []string{"x", "1", "x#import-1"} {
		_, _, err := d.Imports.List(t.Context(), d.Pool.ID, after, 1)
		wantErr(t, fmt.Sprintf("List after %q", after), err, userimport.ErrPlace)
	}
}
