package userimport

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"gatehouse/internal/base/fault"
	"gatehouse/internal/directory/user"
	"gatehouse/internal/directory/userpool"
)

// Errors of import jobs.
var (
	ErrJobNotFound = fault.New(fault.NotFound, "import_job_not_found", "The import job does not exist.")
	ErrTooManyJobs = fault.New(fault.Throttled, "import_jobs_limit", "The user pool has too many import jobs.")
	ErrNoFile      = fault.New(fault.Conflict, "import_no_file", "No csv file was uploaded.")
	ErrJobState    = fault.New(fault.Conflict, "import_job_state", "The import job is in another state.")
	ErrInProgress  = fault.New(fault.Conflict, "import_in_progress", "A user import job is in progress for the user pool.")
	ErrPlace       = fault.New(fault.Invalid, "import_place", "The place in the list is not valid.")
)

// ErrLost means that another node holds a job now.
var ErrLost = errors.New("another node runs the import job")

// MaxJobs is how many jobs a pool may have. Cognito: quotas.
const MaxJobs = 1000

// ID is the id of a job.
type ID string

// Status says how far a job is. Cognito: UserImportJobStatusType.
type Status string

// The statuses. Expired is not stored: see [Job.At].
const (
	Created    Status = "Created"
	Pending    Status = "Pending"
	InProgress Status = "InProgress"
	Stopping   Status = "Stopping"
	Expired    Status = "Expired"
	Stopped    Status = "Stopped"
	Failed     Status = "Failed"
	Succeeded  Status = "Succeeded"
)

// Job is the import of one file.
type Job struct {
	ID       ID
	Pool     userpool.PoolID
	Name     string
	LogsRole string // CloudWatchLogsRoleArn, which is shown and never assumed
	Hashing  Hashing
	Status   Status
	Message  string // why it ended; "" until then

	Created, Started, Completed time.Time

	Imported, Skipped, Failed int64 // users

	File  string // the id of the uploaded file; "": there is none
	Size  int64  // of the file, in bytes
	Lines int64  // how many lines of the file are done, with the header
	Place int64  // where the first line begins that is not done

	Holder string    // the node that runs the job
	Until  time.Time // when another node may claim it
}

// jobLife is how long a job can be started. Cognito: "between 24 and 48 hours".
const jobLife = 24 * time.Hour

const expiredMessage = "The user import job has expired."

// At returns the job as it is at a time: one that was not started in time has
// expired.
func (j *Job) At(now time.Time) *Job {
	end := j.Created.Add(jobLife)
	if j.Status != Created || now.Before(end) {
		return j
	}
	expired := *j
	expired.Status, expired.Message, expired.Completed = Expired, expiredMessage, end
	return &expired
}

// end ends the job.
func (j *Job) end(status Status, message string, now time.Time) {
	j.Status, j.Message, j.Completed, j.Holder, j.Until = status, message, now, "", time.Time{}
}

// handled is how many users of the file are done.
func (j *Job) handled() int64 { return j.Imported + j.Skipped + j.Failed }

// Place is where a list of jobs continues: after the job with this time and id.
type Place struct {
	Created time.Time
	ID      ID
}

// text returns the place as a text that readPlace reads.
func (p Place) text() string {
	return strconv.FormatInt(p.Created.UnixMicro(), 10) + "#" + string(p.ID)
}

// readPlace reads a text; "" is the beginning of the list. ErrPlace.
func readPlace(text string) (Place, error) {
	if text == "" {
		return Place{Created: time.UnixMicro(1 << 60)}, nil
	}
	created, id, ok := strings.Cut(text, "#")
	micros, err := strconv.ParseInt(created, 10, 64)
	if !ok || err != nil {
		return Place{}, ErrPlace.Because(err)
	}
	return Place{time.UnixMicro(micros).UTC(), ID(id)}, nil
}

// Store keeps jobs. Every method is one transaction. A change function may be called
// more than once; if it returns an error, nothing is saved and that error is
// returned.
type Store interface {
	JobStore
	FileStore
	RunStore
}

// JobStore keeps what is known of jobs.
type JobStore interface {
	// CreateImportJob fails with ErrTooManyJobs if the pool has most, and with
	// userpool.ErrPoolNotFound.
	CreateImportJob(ctx context.Context, j *Job, most int) error
	// ImportJob fails with ErrJobNotFound, as do the other methods for one.
	ImportJob(ctx context.Context, pool userpool.PoolID, id ID) (*Job, error)
	// ImportJobs returns jobs, newest first, from the one after the place.
	ImportJobs(ctx context.Context, pool userpool.PoolID, after Place, limit int) ([]*Job, error)
	UpdateImportJob(ctx context.Context, pool userpool.PoolID, id ID, change func(*Job) error) (*Job, error)
	// Importing reports whether a job of the pool was started and has not ended.
	Importing(ctx context.Context, pool userpool.PoolID) (bool, error)
}

// FileStore keeps the files of jobs, in numbered chunks.
type FileStore interface {
	// AddImportChunk fails with ErrJobNotFound.
	AddImportChunk(ctx context.Context, job ID, file string, number int64, data []byte, now time.Time) error
	// ImportChunk returns nil after the last chunk.
	ImportChunk(ctx context.Context, file string, number int64) ([]byte, error)
	// DropImportFile deletes at most limit chunks of a file and returns how many.
	DropImportFile(ctx context.Context, file string, limit int) (int, error)
}

// RunStore is what running a job needs.
type RunStore interface {
	// ClaimImportJob changes the job that was started first of those that no node
	// holds at the time. It returns nil if there is none.
	ClaimImportJob(ctx context.Context, now time.Time, change func(*Job)) (*Job, error)
	// ImportUsers makes users. It calls conclude with the reason for each user who
	// could not be made (nil: the user was made), and saves how conclude changed the
	// job, together with the report that it returned. If the job is Stopping, no
	// user is made and conclude is not called. ErrLost if holder does not hold it.
	ImportUsers(ctx context.Context, j *Job, holder string, users []*user.User, conclude func(j *Job, refused []error) (report string)) (*Job, error)
	// ImportReport returns the part of a report that follows a line, and the last
	// line of that part; "" if there is none.
	ImportReport(ctx context.Context, id ID, after int64) (text string, last int64, err error)
}
