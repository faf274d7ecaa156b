module gitops-lab.dev/apiload

go 1.24
