package cognitoapi

import (
	"context"
	"net/url"
	"strings"

	"gatehouse/internal/directory/cognitoapi/wire"
	"gatehouse/internal/directory/userimport"
	"gatehouse/internal/directory/userpool"
)

// GetCSVHeader returns the columns that a file of users must have.
func (a *API) GetCSVHeader(ctx context.Context, in *wire.GetCSVHeaderInput) (*wire.GetCSVHeaderOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	return &wire.GetCSVHeaderOutput{UserPoolID: new(string(p.ID)), CSVHeader: userimport.Header(p)}, nil
}

// CreateUserImportJob makes a job and the URL to which its file is uploaded.
func (a *API) CreateUserImportJob(ctx context.Context, in *wire.CreateUserImportJobInput) (*wire.CreateUserImportJobOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	j, err := a.Imports.Create(ctx, p, val(in.JobName), val(in.CloudWatchLogsRoleARN), userimport.Hashing(val(in.PasswordHashingAlgorithm)))
	if err != nil {
		return nil, err
	}
	out, err := a.wireJob(j)
	return &wire.CreateUserImportJobOutput{UserImportJob: out}, err
}

// DescribeUserImportJob returns a job.
func (a *API) DescribeUserImportJob(ctx context.Context, in *wire.DescribeUserImportJobInput) (*wire.DescribeUserImportJobOutput, error) {
	j, err := a.job(ctx, in.UserPoolID, in.JobID, a.Imports.Job)
	return &wire.DescribeUserImportJobOutput{UserImportJob: j}, err
}

// StartUserImportJob has the file of a job imported.
func (a *API) StartUserImportJob(ctx context.Context, in *wire.StartUserImportJobInput) (*wire.StartUserImportJobOutput, error) {
	j, err := a.job(ctx, in.UserPoolID, in.JobID, a.Imports.Start)
	return &wire.StartUserImportJobOutput{UserImportJob: j}, err
}

// StopUserImportJob ends a job before its file ends.
func (a *API) StopUserImportJob(ctx context.Context, in *wire.StopUserImportJobInput) (*wire.StopUserImportJobOutput, error) {
	j, err := a.job(ctx, in.UserPoolID, in.JobID, a.Imports.Stop)
	return &wire.StopUserImportJobOutput{UserImportJob: j}, err
}

// job calls a method of the engine for one job.
func (a *API) job(ctx context.Context, pool, id *string, do func(context.Context, userpool.PoolID, userimport.ID) (*userimport.Job, error)) (*wire.UserImportJob, error) {
	p, err := a.pool(ctx, pool)
	if err != nil {
		return nil, err
	}
	j, err := do(ctx, p.ID, userimport.ID(val(id)))
	if err != nil {
		return nil, err
	}
	return a.wireJob(j)
}

// ListUserImportJobs lists a pool's jobs, newest first.
func (a *API) ListUserImportJobs(ctx context.Context, in *wire.ListUserImportJobsInput) (*wire.ListUserImportJobsOutput, error) {
	p, err := a.pool(ctx, in.UserPoolID)
	if err != nil {
		return nil, err
	}
	list := "ListUserImportJobs:" + string(p.ID)
	after, err := a.after(list, in.PaginationToken)
	if err != nil {
		return nil, err
	}
	jobs, next, err := a.Imports.List(ctx, p.ID, after, int(val(in.MaxResults)))
	if err != nil {
		return nil, err
	}
	out := &wire.ListUserImportJobsOutput{UserImportJobs: []wire.UserImportJob{}}
	for _, j := range jobs {
		shown, err := a.wireJob(j)
		if err != nil {
			return nil, err
		}
		out.UserImportJobs = append(out.UserImportJobs, *shown)
	}
	out.PaginationToken, err = a.pageToken(list, next)
	return out, err
}

func (a *API) wireJob(j *userimport.Job) (*wire.UserImportJob, error) {
	upload, err := a.uploadURL(j)
	out := &wire.UserImportJob{
		JobID: new(string(j.ID)), JobName: new(j.Name), UserPoolID: new(string(j.Pool)), CloudWatchLogsRoleARN: new(j.LogsRole), PreSignedURL: &upload,
		Status: new(string(j.Status)), CreationDate: wire.At(j.Created), StartDate: wire.At(j.Started), CompletionDate: wire.At(j.Completed),
		ImportedUsers: new(j.Imported), SkippedUsers: new(j.Skipped), FailedUsers: new(j.Failed),
	}
	if j.Hashing != userimport.NoHashes {
		out.PasswordHashingAlgorithm = new(string(j.Hashing))
	}
	if j.Message != "" {
		out.CompletionMessage = new(j.Message)
	}
	return out, err
}

// uploadURL returns the URL to which the file of a job is uploaded; see [Uploads].
func (a *API) uploadURL(j *userimport.Job) (string, error) {
	secret, err := a.Imports.Link(j)
	return strings.TrimSuffix(a.URL, "/") + "/" + string(j.Pool) + "/import-jobs/" + string(j.ID) + "?" + url.Values{signatureParameter: {secret.Reveal()}}.Encode(), err
}
