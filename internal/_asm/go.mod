module github.com/gannet-ml/gannet/internal/_asm

go 1.26.0
