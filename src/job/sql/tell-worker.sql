select pg_notify('headgate_job_work', '')
