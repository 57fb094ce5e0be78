// Package kms is the edge that answers the one operation of AWS's Key Management
// Service that the functions of custom senders need: Decrypt. A function whose
// AWS_ENDPOINT_URL_KMS is this installation opens its codes as it does at Cognito.
//
// A request is signed with an access key of the installation: whoever has one may
// set every password through the user pools API, so that a code tells nothing more.
// The keys themselves are package codekey's.
package kms
