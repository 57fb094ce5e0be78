package userimport

import (
	"context"
	"fmt"
)

// chunkSize is how much of a file is in one chunk, except the last.
const chunkSize = 64 << 10

// addChunk keeps a chunk of a file. If the file has hashes of passwords, it is sealed,
// as hashes are everywhere.
func (e *Engine) addChunk(ctx context.Context, j *Job, file string, number int64, data []byte) (err error) {
	if j.Hashing != NoHashes {
		if data, err = e.sealer.Seal(data, chunkContext(file, number)); err != nil {
			return err
		}
	}
	return e.store.AddImportChunk(ctx, j.ID, file, number, data, e.now())
}

// chunk returns a chunk of the job's file; nil after the last.
func (e *Engine) chunk(ctx context.Context, j *Job, number int64) ([]byte, error) {
	data, err := e.store.ImportChunk(ctx, j.File, number)
	if err != nil || data == nil || j.Hashing == NoHashes {
		return data, err
	}
	if data, err = e.sealer.Open(data, chunkContext(j.File, number)); err != nil {
		return nil, notWhole(err)
	}
	return data, nil
}

// notWhole is the error for a file that cannot be read to its end, on any node.
func notWhole(why error) error {
	return errFile.Saying("The CSV file is not whole any more: upload it for a new import job.").Because(why)
}

func chunkContext(file string, number int64) string {
	return fmt.Sprintf("import-chunk %s %d", file, number)
}
