"""PostgreSQL: binary COPY for inserts, unnested arrays for everything else."""
