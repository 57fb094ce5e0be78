package userimport

import (
	"context"
	"errors"
	"io"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/base/ids"
	"gatehouse/internal/base/seal"
	"gatehouse/internal/directory/userpool"
)

// Errors of uploads.
var (
	ErrLink        = fault.New(fault.Denied, "import_link", "The upload URL is not valid.")
	ErrLinkExpired = fault.New(fault.Expired, "import_link_expired", "Request has expired")
	ErrTooLarge    = fault.New(fault.Invalid, "import_file_size", "Your proposed upload exceeds the maximum allowed size")
	ErrCut         = fault.New(fault.Invalid, "import_file_cut", "The file did not arrive whole.")
)

// MaxFile is how large a file may be, in bytes. Cognito: "Formatting the CSV file".
const MaxFile = 100 << 20

// linkLife is how long a file can be uploaded. Cognito: CreateUserImportJob.
const linkLife = 15 * time.Minute

// link is what an upload URL proves: that its bearer may upload the file of a job.
type link struct {
	Pool userpool.PoolID
	Job  ID
}

const linkContext = "import-upload"

// Link returns the secret of a job's upload URL. It is valid for a quarter of an
// hour after the job was made.
func (e *Engine) Link(j *Job) (seal.Secret, error) {
	secret, err := e.sealer.SealTextUntil(link{j.Pool, j.ID}, linkContext, j.Created.Add(linkLife))
	return seal.Secret(secret), err
}

// Upload keeps a file for a job that was not started yet, in place of the one that it
// had. If the file does not arrive whole, the job keeps the one that it had. ErrLink,
// ErrLinkExpired, ErrJobState, ErrTooLarge, ErrCut.
func (e *Engine) Upload(ctx context.Context, pool userpool.PoolID, id ID, secret seal.Secret, body io.Reader) error {
	if err := e.checkLink(pool, id, secret); err != nil {
		return err
	}
	j, err := e.Job(ctx, pool, id)
	if errors.Is(err, ErrJobNotFound) {
		return ErrLink.Because(err)
	}
	if err != nil {
		return err
	}
	if err := uploadable(j); err != nil {
		return err
	}
	next := ids.UUID()
	size, err := e.keep(ctx, id, next, body)
	former := ""
	if err == nil {
		_, err = e.store.UpdateImportJob(ctx, pool, id, func(j *Job) error {
			if err := uploadable(j.At(e.now())); err != nil {
				return err
			}
			former = j.File
			j.File, j.Size = next, size
			return nil
		})
	}
	if err != nil {
		former = next
	}
	return errors.Join(err, e.drop(ctx, former))
}

func (e *Engine) checkLink(pool userpool.PoolID, id ID, secret seal.Secret) error {
	var l link
	err := e.sealer.OpenText(secret.Reveal(), linkContext, &l)
	switch {
	case errors.Is(err, seal.ErrExpired):
		return ErrLinkExpired.Because(err)
	case err != nil:
		return ErrLink.Because(err)
	case l != link{pool, id}:
		return ErrLink
	}
	return nil
}

func uploadable(j *Job) error {
	if j.Status != Created {
		return inState(j, "given a file")
	}
	return nil
}

// keep saves the chunks of a file and returns its size.
func (e *Engine) keep(ctx context.Context, id ID, file string, body io.Reader) (size int64, err error) {
	buf := make([]byte, chunkSize)
	for number := int64(0); ; number++ {
		n, err := io.ReadFull(body, buf)
		size += int64(n)
		switch {
		case errors.Is(err, io.EOF):
			return size, nil
		case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
			return 0, ErrCut.Because(err)
		case size > e.maxFile:
			return 0, ErrTooLarge
		}
		if err := e.store.AddImportChunk(ctx, id, file, number, buf[:n], e.now()); err != nil {
			return 0, err
		}
	}
}

// dropAtOnce is how many chunks one transaction deletes.
const dropAtOnce = 64

// drop deletes a file. What a failure leaves is swept later.
func (e *Engine) drop(ctx context.Context, file string) error {
	if file == "" {
		return nil
	}
	ctx = context.WithoutCancel(ctx)
	for {
		n, err := e.store.DropImportFile(ctx, file, dropAtOnce)
		if err != nil || n < dropAtOnce {
			return err
		}
	}
}
