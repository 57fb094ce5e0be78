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
	size, err := e.keep(ctx, j, next, body)
	if err != nil {
		return errors.Join(err, e.drop(ctx, next))
	}
	unneeded, err := e.replace(ctx, pool, id, next, size)
	return errors.Join(err, e.drop(ctx, unneeded))
}

// replace gives a job another file. It returns the file that no job needs any more; ""
// if there is none, or if nobody knows.
func (e *Engine) replace(ctx context.Context, pool userpool.PoolID, id ID, next string, size int64) (unneeded string, err error) {
	former := ""
	_, err = e.store.UpdateImportJob(ctx, pool, id, func(j *Job) error {
		if err := uploadable(j.At(e.now())); err != nil {
			return err
		}
		former = j.File
		j.File, j.Size = next, size
		return nil
	})
	if err == nil {
		return former, nil
	}
	switch named, unknown := e.names(context.WithoutCancel(ctx), pool, id, next); {
	case unknown != nil: // the job may need either file: the sweep will see
		return "", errors.Join(err, unknown)
	case named: // only the answer was lost
		return former, nil
	}
	return next, err
}

var errRead = errors.New("the job was only read")

// names reports whether a job has the file. It locks the job, because a transaction
// whose answer was lost may be under way still.
func (e *Engine) names(ctx context.Context, pool userpool.PoolID, id ID, file string) (bool, error) {
	named := false
	_, err := e.store.UpdateImportJob(ctx, pool, id, func(j *Job) error {
		named = j.File == file
		return errRead
	})
	if errors.Is(err, errRead) || errors.Is(err, ErrJobNotFound) {
		err = nil
	}
	return named, err
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
func (e *Engine) keep(ctx context.Context, j *Job, file string, body io.Reader) (size int64, err error) {
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
		if err := e.addChunk(ctx, j, file, number, buf[:n]); err != nil {
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
