	.file	"x.c"
	.text
	.globl	f
	.type	f, @function
f:
	cmpl	$5, %edi
	ja	.L11
	subq	$8, %rsp
	movl	%edi, %edi
	leaq	.L4(%rip), %rdx
	movslq	(%rdx,%rdi,4), %rax
	addq	%rdx, %rax
	jmp	*%rax
	.section	.rodata
	.align 4
	.align 4
.L4:
	.long	.L9-.L4
	.long	.L8-.L4
	.long	.L7-.L4
	.long	.L6-.L4
	.long	.L5-.L4
	.long	.L3-.L4
	.text
.L9:
	movl	$0, %edi
	call	q@PLT
.L1:
	addq	$8, %rsp
	ret
.L8:
	movl	$1, %edi
	call	r@PLT
	jmp	.L1
.L7:
	movl	$2, %edi
	call	s@PLT
	jmp	.L1
.L6:
	movl	$3, %edi
	call	t@PLT
	jmp	.L1
.L5:
	movl	$4, %edi
	call	u@PLT
	jmp	.L1
.L3:
	movl	$8, %edi
	call	v@PLT
	jmp	.L1
.L11:
	ret
	.size	f, .-f
	.section	.note.GNU-stack,"",@progbits
