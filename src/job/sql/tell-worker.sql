select pg_notify('job_work', '')
